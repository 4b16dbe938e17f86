import type { Backup } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, aDatabase, COMPLETED_BACKUP, NOW } from '../../test/fixtures.ts';
import { freshnessOf, withFreshness } from './freshness.ts';

const now = Date.parse(NOW);
const hoursAgo = (hours: number): string => new Date(now - hours * 3_600_000).toISOString();
const aGood = (hours: number, parts: Partial<Backup['spec']> = {}): Backup => aBackup({ metadata: { name: `of-${hours}`, uid: `of-${hours}` }, spec: parts, status: { ...COMPLETED_BACKUP, backupTime: hoursAgo(hours) } });
const suspicious = (hours: number): Backup => ({ ...aGood(hours), status: { ...aGood(hours).status, conditions: [{ type: 'Suspicious', status: 'True', reason: 'RowsDropped', message: '', lastTransitionTime: NOW }] } });

describe('with an objective of a day', () => {
  test.each<{ why: string; backups?: Backup[]; born?: number; is: string; again?: number }>([
    { why: 'a backup of this morning is fresh', backups: [aGood(3)], is: 'False ObjectiveMet', again: 21 },
    { why: 'the newest one counts', backups: [aGood(40), aGood(23), aGood(30)], is: 'False ObjectiveMet', again: 1 },
    { why: 'a backup of the day before yesterday is stale', backups: [aGood(25)], is: 'True ObjectiveMissed' },
    { why: 'a suspicious one does not count', backups: [aGood(25), suspicious(1)], is: 'True ObjectiveMissed' },
    { why: 'a part of the database does not count', backups: [aGood(25), aGood(1, { selection: { tables: ['a'] } })], is: 'True ObjectiveMissed' },
    { why: 'a young Database has time for its first one', born: 2, is: 'False ObjectiveMet', again: 22 },
    { why: 'an old Database without any is stale', born: 30, is: 'True ObjectiveMissed' },
  ])('$why', ({ backups = [], born = 100, is, again }) => {
    const database = aDatabase({ metadata: { creationTimestamp: hoursAgo(born) }, spec: { objective: { maxAge: '1d' } } });
    const [seen] = freshnessOf(database, backups, now);
    expect(`${seen?.condition.status} ${seen?.condition.reason}`).toBe(is);
    expect(seen?.lookAgainMs).toBe(again === undefined ? undefined : again * 3_600_000 + 1000);
  });
});

describe('with an objective of a day for proofs', () => {
  const proven = (hours: number, status: 'True' | 'False' = 'True'): Backup => {
    const run = aGood(100);
    return { ...run, metadata: { ...run.metadata, name: `proven-${hours}` }, status: { ...run.status, verification: { time: hoursAgo(hours) }, conditions: [{ type: 'RestoreProven', status, reason: 'R', message: '', lastTransitionTime: NOW }] } };
  };
  test.each<{ why: string; backups: Backup[]; is: string; says?: string }>([
    { why: 'an old backup that was proven today is proven', backups: [proven(3)], is: 'False ObjectiveMet', says: 'The newest backup that a drill has proven is proven-3 of' },
    { why: 'the newest proof counts', backups: [proven(40), proven(23)], is: 'False ObjectiveMet' },
    { why: 'a fresh backup without proof does not count', backups: [aGood(1), proven(25)], is: 'True ObjectiveMissed' },
    { why: 'a drill that failed is no proof', backups: [proven(1, 'False')], is: 'True ObjectiveMissed', says: 'There is no backup that a drill has proven; objective.maxProvenAge is 1d' },
  ])('$why', ({ backups, is, says = '' }) => {
    const database = aDatabase({ metadata: { creationTimestamp: hoursAgo(100) }, spec: { objective: { maxProvenAge: '1d' } } });
    const [seen] = freshnessOf(database, backups, now);
    expect([seen?.condition.type, `${seen?.condition.status} ${seen?.condition.reason}`]).toEqual(['ProofStale', is]);
    expect(seen?.condition.message).toContain(says);
  });

  test('both objectives are told', () => {
    const database = aDatabase({ metadata: { creationTimestamp: hoursAgo(100) }, spec: { objective: { maxAge: '1d', maxProvenAge: '1d' } } });
    expect(freshnessOf(database, [aGood(3)], now).map(({ condition }) => `${condition.type} ${condition.status}`)).toEqual(['BackupStale False', 'ProofStale True']);
  });
});

test('without an objective nothing is said', () => {
  expect(freshnessOf(aDatabase(), [], now)).toEqual([]);
});

describe('the plan for a Database', () => {
  const objective = { objective: { maxAge: '1d' } };
  const status = { phase: 'Ready' as const };

  test('has the condition, and looks again in time', () => {
    const plan = withFreshness({ effects: [], status, requeueAfterMs: 7_200_000 }, { database: aDatabase({ spec: objective }), backups: [aGood(23)] }, now);
    expect([plan.status.phase, (plan.status as { conditions?: object[] }).conditions?.length, plan.requeueAfterMs]).toEqual(['Ready', 1, 3_601_000]);
  });

  test('forgets it with the objective', () => {
    const stale = { type: 'BackupStale', status: 'True', reason: 'ObjectiveMissed', message: '', lastTransitionTime: NOW } as const;
    expect(withFreshness({ effects: [], status: { ...status, conditions: [stale] } }, { database: aDatabase(), backups: [] }, now).status.conditions).toEqual([]);
  });

  test('is left alone when there is neither', () => {
    const plan = { effects: [], status };
    expect(withFreshness(plan, { database: aDatabase(), backups: [] }, now)).toBe(plan);
  });
});
