import { beforeAll, describe, expect, it } from 'vitest';
import { filesIn } from '../harness/claim.ts';
import type { KubeObject } from '../harness/kubectl.ts';
import { startObjectStore, type ObjectStore } from '../harness/object-store.ts';
import { applyAndWait, backup, conditionOf, database, restore, storyNamespace, waitFor, type Manifest } from '../harness/story.ts';

const BUCKET = 'backups';
const RUN_NOW = 'database.example.com/run-now';

describe('A schedule', () => {
  const kubectl = storyNamespace('schedules');
  let store: ObjectStore;

  const schedule = (name: string, spec: Record<string, unknown> = {}): Manifest => backup(name, 'shop', { schedule: '* * * * *', backoffLimit: 0, ...spec });
  const runsOf = async (name: string): Promise<KubeObject[]> => (await kubectl.list('backups', `database.example.com/schedule=${name}`)).sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
  const namesOf = async (name: string): Promise<string[]> => (await runsOf(name)).map(({ metadata }) => metadata.name);
  const suspend = (name: string): Promise<unknown> => kubectl('patch', 'backup', name, '--type=merge', '-p', '{"spec":{"suspend":true}}');
  /** Names of the runs whose files are there. */
  const stored = (paths: readonly string[]): string[] => [...new Set(paths.filter((path) => path.endsWith('manifest.json')).map((path) => path.split('/').at(-2)?.slice(0, -9) ?? ''))].sort();

  beforeAll(async () => {
    const starting = startObjectStore(kubectl, { secret: 'keys', buckets: [BUCKET] });
    await applyAndWait(kubectl, database('shop'), 'Ready');
    await kubectl.sql('shop', 'shop', 'set role app; create table orders as select n as id from generate_series(1, 2000) n');
    store = await starting;
  });

  it('runs now when it is asked, also while it is suspended, and once for each value', async () => {
    await kubectl.apply(schedule('asked', { schedule: '0 0 1 1 *', suspend: true }));
    await kubectl('annotate', 'backup', 'asked', `${RUN_NOW}=first`);
    const { status } = await waitFor(kubectl, 'backup/asked', { what: 'a Completed run', wanted: (seen) => seen.status?.phase === 'Completed' });
    expect(await namesOf('asked')).toEqual([status?.['newestRun']]);
    expect(conditionOf(await kubectl.get('backup', 'asked'), 'Scheduled')?.reason).toBe('Suspended');
    await kubectl('annotate', '--overwrite', 'backup', 'asked', `${RUN_NOW}=second`);
    await waitFor(kubectl, 'backup/asked', { what: 'two good backups', wanted: (seen) => seen.status?.['backupCount'] === 2 });
    expect(await namesOf('asked')).toHaveLength(2);
  });

  it('is what a Restore may name: its newest good run comes back', async () => {
    const { status } = await applyAndWait(kubectl, restore('latest', 'shop', 'asked'), 'Completed');
    expect(status?.['backupName']).toBe((await kubectl.get('backup', 'asked'))?.status?.['newestGood']);
  });

  it.concurrent.each([
    { where: 'a bucket', spec: { storageLocation: `s3://${BUCKET}/five`, credentialsRef: { name: 'keys' } }, paths: () => store.keys(BUCKET) },
    { where: 'a claim', spec: {}, paths: () => filesIn(kubectl, 'shop-backups') },
  ])('keeps five in $where: the sixth good run prunes the first, and no other', async ({ where, spec, paths }) => {
    const name = `five-in-${where.replace('a ', '')}`;
    await kubectl.apply(schedule(name, { schedule: '0 0 1 1 *', suspend: true, retention: 5, ...spec }));
    const ofIt = async (): Promise<string[]> => stored(await paths()).filter((run) => run.startsWith(name));
    const runs: string[] = [];
    for (const count of [1, 2, 3, 4, 5, 6]) {
      await kubectl('annotate', '--overwrite', 'backup', name, `${RUN_NOW}=${count}`);
      const { status } = await waitFor(kubectl, `backup/${name}`, { what: `good run ${count}`, wanted: (seen) => seen.status?.['newestGood'] !== undefined && seen.status['newestGood'] !== runs.at(-1) });
      runs.push(String(status?.['newestGood']));
      if (count === 5) expect(await ofIt()).toEqual(runs);
    }
    await kubectl('wait', '--for=delete', `backup/${runs[0]}`, '--timeout=240s');
    expect([await namesOf(name), await ofIt()]).toEqual([runs.slice(1), runs.slice(1)]);
    expect((await paths()).filter((path) => path.includes(runs[0] ?? ''))).toEqual([]);
  }, 300_000);

  it('runs each minute; what retention does not want is told first, and then deleted with its data in a bucket and in a claim, later where the storage is away', async () => {
    await kubectl.apply(schedule('bucket', { retention: 1, storageLocation: `s3://${BUCKET}/x`, credentialsRef: { name: 'keys' } }));
    await kubectl.apply(schedule('claim', { retention: 1 }));
    const told = await Promise.all(
      ['bucket', 'claim'].map(async (name) => {
        // Before the second one has ended, so that there is no third one, however long a run takes.
        await expect.poll(() => namesOf(name), { timeout: 300_000, interval: 500 }).toHaveLength(2);
        await suspend(name);
        const { status } = await waitFor(kubectl, `backup/${name}`, { what: 'word of what goes', wanted: (seen) => seen.status?.['deletingNext'] !== undefined });
        expect(status?.['backupCount']).toBe(2);
        const [first] = status?.['deletingNext'] as [{ name: string }];
        const second = String(status?.['newestGood']);
        expect(first.name < second).toBe(true);
        if (name === 'bucket') await store.setReachable(false);
        return { name, first: first.name, second };
      }),
    );
    const unlucky = told[0]?.first ?? '';
    await waitFor(kubectl, `backup/${unlucky}`, { what: 'an attempt that failed', wanted: (seen) => conditionOf(seen, 'DataDeleted')?.reason === 'DeletionFailed' });
    expect(stored(await store.keys(BUCKET))).toContain(unlucky);
    await store.setReachable(true);
    for (const { name, first, second } of told) {
      await waitFor(kubectl, `backup/${name}`, { what: 'one good backup', wanted: ({ status }) => status?.['backupCount'] === 1 });
      await kubectl('wait', '--for=delete', `backup/${first}`, '--timeout=240s');
      const paths = name === 'bucket' ? await store.keys(BUCKET) : await filesIn(kubectl, 'shop-backups');
      expect(stored(paths).filter((run) => run.startsWith(`${name}-`))).toEqual([second]);
      expect(paths.filter((path) => path.includes(first))).toEqual([]);
    }
  }, 900_000);
});
