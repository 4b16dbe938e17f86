import { beforeAll, describe, expect, it, vi } from 'vitest';
import { addNoise } from '../harness/noise.ts';
import { smallDisks } from '../harness/small-disk.ts';
import { applyAndWait, backup, conditionOf, database, storyNamespace, waitFor, type Manifest } from '../harness/story.ts';
import { proveTables } from '../harness/table-proof.ts';

/** Rows, and an index that takes ten seconds to make again, on any machine: while it is loaded, a disk can be filled. */
const SLOW = `set role app; drop table noise; create table few as select n as id, md5(n::text) as text from generate_series(1, 10) n;
  create function slowly(int) returns int immutable language sql as 'select $1'; create index on few (slowly(id));
  create or replace function slowly(int) returns int immutable language plpgsql as 'begin perform pg_catalog.pg_sleep(1); return $1; end';
  create table many as select n as id, md5(n::text) as text from generate_series(1, 5000) n`;

describe('A claim that cannot take a backup', () => {
  const kubectl = storyNamespace('claim-faults');
  const makeDisk = smallDisks(kubectl);
  /** The volume of the server: a small disk as well. */
  const storage = { size: '320Mi' };

  const into = (name: string, claim: string): Manifest => backup(name, 'shop', { storageLocation: `pvc://${claim}/nightly`, backoffLimit: 0 });
  /** SHA-256 of every file on a disk, by path. */
  const files = (claim: string): Promise<string> => kubectl('exec', claim, '--', 'bash', '-c', 'cd /disk && find . -type f -exec sha256sum {} + | sort -k 2');
  const failureOf = async (manifest: Manifest): Promise<unknown> => conditionOf(await applyAndWait(kubectl, manifest, 'Failed'), 'Stalled');

  beforeAll(async () => {
    await makeDisk({ claim: 'data-shop-0', size: storage.size });
    const ready = applyAndWait(kubectl, database('shop', { storage }), 'Ready');
    await makeDisk({ claim: 'tiny', size: '8Mi' });
    await makeDisk({ claim: 'sealed', size: '8Mi', readOnly: true });
    await ready;
    await kubectl.sql('shop', 'shop', 'set role app; create table orders as select n as id from generate_series(1, 100) n');
    await applyAndWait(kubectl, into('fits', 'tiny'), 'Completed');
  });

  it('because it is full: StorageFull names it, nothing is left, and the earlier backup is as it was', async () => {
    const before = await files('tiny');
    expect(before.trim().split('\n')).toHaveLength(3);
    await addNoise(kubectl, 'shop', 'noise');
    expect(await failureOf(into('too-large', 'tiny'))).toMatchObject({ reason: 'StorageFull', message: expect.stringMatching(/no space left in pvc:\/\/tiny\/nightly\/.*: delete backups or enlarge the claim/) as string });
    expect(await files('tiny')).toBe(before);
    expect((await kubectl('exec', 'tiny', '--', 'find', '/disk', '-name', '*.partial*')).trim()).toBe('');
  });

  it('because it is read-only: StorageFailed names it', async () => {
    expect(await failureOf(into('unwritable', 'sealed'))).toMatchObject({ reason: 'StorageFailed', message: 'pvc://sealed/nightly: the claim is mounted read-only (EROFS)' });
    expect((await files('sealed')).trim()).toBe('');
  });

  it('is no matter of an upgrade; but the volume of a server that fills up meanwhile is: the old server comes back with its data, and says why', async () => {
    await kubectl.sql('shop', 'shop', SLOW);
    const before = await proveTables(kubectl, 'shop', 'shop');
    await kubectl.apply(database('shop', { storage, image: 'postgres:15' }));
    await vi.waitFor(
      async () => {
        const pods = await kubectl.list('pod', 'database.example.com/run=upgrade');
        expect(pods.find(({ metadata, status }) => metadata.name.includes('-load-') && status?.phase === 'Running')).toBeDefined();
      },
      { timeout: 240_000, interval: 200 },
    );
    await kubectl.attempt('exec', 'shop-0', '-c', 'postgres', '--', 'bash', '-c', 'cat /dev/zero > /var/lib/postgresql/full');
    const failed = await waitFor(kubectl, 'database/shop', { what: 'the end of the upgrade', wanted: ({ status }) => (status?.['upgrade'] as { step?: string }).step === 'Failed' && status?.phase === 'Ready' });
    expect(conditionOf(failed, 'Degraded')).toMatchObject({ status: 'True', reason: 'MajorUpdateFailed', message: expect.stringMatching(/no space left on device/i) as string });
    expect(await kubectl.sql('shop', 'postgres', 'show server_version')).toMatch(/^14/);
    expect(await proveTables(kubectl, 'shop', 'shop')).toEqual(before);
  });
});
