import { expect, test } from 'vitest';
import { writtenBetween, type Counters } from './counters.ts';

const before: Counters = { nextXid: '740', rows: '120', sequences: 'a', settings: 'b', counts: true };

test.each<{ what: string; after: Partial<Counters>; says: string | undefined }>([
  { what: 'nothing', after: {}, says: undefined },
  { what: 'the server has vacuumed and analysed', after: { nextXid: '743' }, says: undefined },
  { what: 'a transaction wrote rows', after: { nextXid: '741', rows: '121' }, says: '1 transactions wrote something' },
  { what: 'the statistics were lost in a crash', after: { nextXid: '742', rows: '0' }, says: 'the server was killed and has lost its counts' },
  { what: 'the statistics were lost in a crash, and nothing was written', after: { rows: '0' }, says: undefined },
  { what: 'nextval was called', after: { sequences: 'c' }, says: 'a sequence was used' },
  { what: 'ALTER SYSTEM was called', after: { settings: 'c' }, says: 'ALTER SYSTEM has changed a setting' },
  { what: 'nobody has counted', after: { nextXid: '741', counts: false }, says: 'track_counts is off' },
])('when $what: $says', ({ after, says }) => {
  const written = writtenBetween(before, { ...before, ...after });
  if (says === undefined) expect(written).toBeUndefined();
  else expect(written).toContain(says);
});
