import { describe, expect, test } from 'vitest';
import { aBackup, aRestore } from '../../test/fixtures.ts';
import { goesFirst, isTerminal, type Rival } from './turn.ts';

const self = aBackup({ metadata: { name: 'self', uid: 'm', creationTimestamp: '2026-01-02T03:00:00Z' } });
const rival = (name: string, { at = '2026-01-02T03:00:00Z', uid = name, startable = true, nextAttemptTime = '' } = {}): Rival => ({
  object: aRestore({ metadata: { name, uid, creationTimestamp: at }, ...(nextAttemptTime && { status: { phase: 'InProgress', attempt: 2, nextAttemptTime } }) }),
  startable,
});
const earlier = '2026-01-02T02:59:59Z';
const later = '2026-01-02T03:00:01Z';

test.each<{ why: string; rivals: Rival[]; atWork?: string[]; first: string | undefined }>([
  { why: 'nobody, when it is alone', rivals: [], first: undefined },
  { why: 'one that is older', rivals: [rival('old', { at: earlier })], first: 'Restore old' },
  { why: 'nobody, when all others are younger', rivals: [rival('young', { at: later })], first: undefined },
  { why: 'what is at work, before any older one', rivals: [rival('old', { at: earlier })], atWork: ['Backup busy'], first: 'Backup busy' },
  { why: 'nobody, when the older one cannot start', rivals: [rival('stuck', { at: earlier, startable: false })], first: undefined },
  { why: 'nobody, while the older one waits for its next attempt', rivals: [rival('again', { at: earlier, nextAttemptTime: '2026-01-02T03:00:02Z' })], first: undefined },
  { why: 'the older one again, when the time of its next attempt has come', rivals: [rival('again', { at: earlier, nextAttemptTime: later })], first: 'Restore again' },
  { why: 'of one second, the one with the lower UID', rivals: [rival('twin', { uid: 'a' })], first: 'Restore twin' },
  { why: 'nobody, when its own UID is the lower one', rivals: [rival('twin', { uid: 'z' })], first: undefined },
])('goes first: $why', ({ rivals, atWork = [], first }) => {
  expect(goesFirst(self, { rivals, atWork }, Date.parse(later))).toBe(first);
});

test('of any runs that could start, exactly one has nobody before it', () => {
  const runs = ['a', 'b', 'c', 'd'].map((name, index) => rival(name, { at: index % 2 === 0 ? earlier : later }));
  const free = runs.filter(({ object }) => goesFirst(object, { rivals: runs.filter((other) => other.object !== object), atWork: [] }, Date.parse(later)) === undefined);
  expect(free.map(({ object }) => object.metadata.name)).toEqual(['a']);
});

describe('a run that has ended', () => {
  test.each([
    { phase: undefined, over: false },
    { phase: 'Pending', over: false },
    { phase: 'InProgress', over: false },
    { phase: 'Completed', over: true },
    { phase: 'Failed', over: true },
  ] as const)('in phase $phase: $over', ({ phase, over }) => {
    expect(isTerminal(aBackup(phase === undefined ? {} : { status: { phase } }))).toBe(over);
  });
});
