import { expect, it } from 'vitest';
import { isLeftover, type Candidate } from './leftovers.ts';
import { TEMPORARY, formatIncompleteMark, formatPreviousMark } from './marks.ts';
import { restoreNames } from './names.ts';

const names = restoreNames('shop', 'feedc0de-0000-4000-8000-000000000002');
const NOW = Date.parse('2026-01-02T00:00:00Z');
const kept = (keptUntil: string): string => formatPreviousMark({ restore: 'feedc0de-0000-4000-8000-000000000002', database: 'shop', keptUntil });
const of = (name: string, comment: string | null, allowsConnections = true): Candidate => ({ name, oid: '1', comment, allowsConnections });

it.each<[string, Candidate, boolean]>([
  ['what a killed restore was loading', of('restore_00000001', TEMPORARY), true],
  ['what it replaced and did not keep', of('previous_00000001', TEMPORARY), true],
  ['what was kept long enough', of('previous_00000001', kept('2026-01-01T23:59:59Z'), false), true],
  ['what this run created and had not marked yet', of('restore_feedc0de', null, false), true],
])('%s goes', (_what, candidate, expected) => expect(isLeftover(candidate, { names, liveIsThere: true, now: NOW })).toBe(expected));

it.each<[string, Candidate]>([
  ['what is still kept', of('previous_00000001', kept('2026-01-02T00:00:01Z'), false)],
  ['what nobody marked', of('previous_00000001', null)],
  ['what somebody else marked', of('restore_00000001', 'mine')],
  ["another run's database without a mark", of('restore_00000001', null, false)],
  ['a database of our name that takes connections', of('restore_feedc0de', null)],
  ['an incomplete database', of('previous_00000001', formatIncompleteMark({ restore: 'x', comment: null }))],
  ['the live database, whatever it is called', of('shop', TEMPORARY)],
])('%s stays', (_what, candidate) => expect(isLeftover(candidate, { names, liveIsThere: true, now: NOW })).toBe(false));

it.each([of('previous_00000001', TEMPORARY), of('previous_00000001', kept('2026-01-01T23:59:59Z'))])('without a live database no previous one goes: %o', (candidate) =>
  expect(isLeftover(candidate, { names, liveIsThere: false, now: NOW })).toBe(false),
);
