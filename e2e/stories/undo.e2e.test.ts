// A restore is looked at, undone, and cleaned up after.
import { beforeAll, describe, expect, it } from 'vitest';
import { DAMAGE, SHOP } from '../demo/shop.ts';
import { applyAndWait, backup, conditionOf, database, restore, storyNamespace, waitFor, type Manifest } from '../harness/story.ts';
import { proveTables, type DatabaseProof } from '../harness/table-proof.ts';

const backTo = (name: string, previousOf: string, spec: Record<string, unknown> = {}): Manifest => ({ ...restore(name, 'shop', ''), spec: { databaseRef: { name: 'shop' }, source: { previousOf }, ...spec } });

describe('A user who restored too much goes back', () => {
  const kubectl = storyNamespace('undo');
  const previousOnes = (): Promise<string> => kubectl.sql('shop', 'postgres', "select coalesce(string_agg(datname, ' ' order by datname), '') from pg_database where datname ~ '^(restore|previous)_'");
  const tables = (): Promise<DatabaseProof> => proveTables(kubectl, 'shop', 'shop');
  let good: DatabaseProof;
  let later: DatabaseProof;

  beforeAll(async () => {
    await applyAndWait(kubectl, database('shop'), 'Ready');
    await kubectl.sql('shop', 'shop', SHOP);
    good = await tables();
    await applyAndWait(kubectl, backup('monday', 'shop'), 'Completed');
    await kubectl.sql('shop', 'shop', DAMAGE);
    later = await tables();
  });

  it('the Restore says what it verified, and where what was live before is', async () => {
    const done = await applyAndWait(kubectl, restore('undo', 'shop', 'monday'), 'Completed');
    expect(await tables()).toEqual(good);
    expect(conditionOf(done, 'Verified')).toMatchObject({ status: 'True', reason: 'RowsCounted', message: expect.stringContaining('42200 rows of 4 tables') as string });
    expect(conditionOf(done, 'PreviousKept')).toMatchObject({ status: 'True', reason: 'Kept' });
    expect(done.status).toMatchObject({ databaseName: 'shop', backupName: 'monday', progress: { percent: 100 }, previousDatabase: { name: `previous_${done.metadata.uid.slice(0, 8)}` } });
    expect(await previousOnes()).toBe(`previous_${done.metadata.uid.slice(0, 8)}`);
  });

  it('going back brings it back, and keeps what it replaces in turn', async () => {
    const back = await applyAndWait(kubectl, backTo('back', 'undo'), 'Completed');
    expect(await tables()).toEqual(later);
    expect(await previousOnes()).toBe(`previous_${back.metadata.uid.slice(0, 8)}`);
    await waitFor(kubectl, 'restore/undo', { what: 'PreviousRestored', wanted: (seen) => conditionOf(seen, 'PreviousKept')?.reason === 'PreviousRestored' });
  });

  it('a second time there is nothing to go back to, which is said before anything starts', async () => {
    const failed = await applyAndWait(kubectl, backTo('again', 'undo'), 'Failed');
    expect(conditionOf(failed, 'Stalled')).toMatchObject({ reason: 'PreviousNotKept', message: expect.stringContaining('Restore back put it back in its place') as string });
    expect(failed.status).not.toHaveProperty('jobName');
    expect(await tables()).toEqual(later);
  });

  it('keepPrevious: 0s drops it at once', async () => {
    const done = await applyAndWait(kubectl, backTo('forward', 'back', { keepPrevious: '0s' }), 'Completed');
    expect(await tables()).toEqual(good);
    expect([conditionOf(done, 'PreviousKept')?.reason, await previousOnes()]).toEqual(['PreviousDropped', '']);
  });

  it('what is kept for a short while is dropped when that is over, and the end of the Restore stays what it was', async () => {
    const done = await applyAndWait(kubectl, restore('short', 'shop', 'monday', { keepPrevious: '10s' }), 'Completed');
    const after = await waitFor(kubectl, 'restore/short', { what: 'PreviousKept False', wanted: (seen) => conditionOf(seen, 'PreviousKept')?.status === 'False' });
    expect(conditionOf(after, 'PreviousKept')).toMatchObject({ reason: 'PreviousDropped', message: 'Its time was over, and it was dropped' });
    expect({ ...after.status, conditions: [] }).toEqual({ ...done.status, conditions: [] });
    expect(await previousOnes()).toBe('');
  });
});
