// A new Database starts with the content of a Backup.
import { beforeAll, describe, expect, it } from 'vitest';
import { SHOP } from '../demo/shop.ts';
import { inClaim } from '../harness/claim.ts';
import type { KubeObject } from '../harness/kubectl.ts';
import { applyAndWait, backup, conditionOf, database, storyNamespace, waitFor, waitForPhase, type Manifest } from '../harness/story.ts';
import { proveTables, type DatabaseProof } from '../harness/table-proof.ts';

describe('A Database that starts with the content of a Backup', () => {
  const kubectl = storyNamespace('clone');
  const from = (name: string, backupName: string, spec: Record<string, unknown> = {}): Manifest => database(name, { backupRef: { name: backupName }, ...spec });
  const cloned = async (name: string, reason: string): ReturnType<typeof waitFor> => waitFor(kubectl, `database/${name}`, { what: `Cloned ${reason}`, wanted: (seen) => conditionOf(seen, 'Cloned')?.reason === reason });
  /** Which servers were checked last. */
  const checked = (seen: KubeObject | undefined): string | undefined => (seen?.status?.['consistency'] as { servers?: string } | undefined)?.servers;
  const tables = (name: string, dbname = 'shop'): Promise<DatabaseProof> => proveTables(kubectl, name, dbname);
  let whole: DatabaseProof;

  beforeAll(async () => {
    await applyAndWait(kubectl, database('shop'), 'Ready');
    await kubectl.sql('shop', 'shop', SHOP);
    whole = await tables('shop');
  });

  it('waits for the Backup, and then has every row of it, under names of its own', async () => {
    await kubectl.apply(from('copy', 'monday', { image: 'postgres:15', databaseName: 'copied', username: 'copier' }));
    // A moment after Verifying: the Service has to lead to the server first.
    const waiting = await waitFor(kubectl, 'database/copy', { what: 'Ready False BackupNotFound', wanted: (seen) => conditionOf(seen, 'Ready')?.reason === 'BackupNotFound' });
    expect(waiting.status?.phase).toBe('Verifying');
    expect(conditionOf(waiting, 'Ready')).toMatchObject({ status: 'False', message: expect.stringContaining('Backup monday does not exist') as string });
    const { metadata, status: done } = await applyAndWait(kubectl, backup('monday', 'shop'), 'Completed');
    const { status } = await waitForPhase(kubectl, 'database/copy', 'Ready');
    expect(await tables('copy', 'copied')).toEqual(whole);
    expect(await kubectl.sql('copy', 'copied', "select string_agg(distinct tableowner, ' ') from pg_tables where schemaname = 'public'")).toBe('copier');
    expect(status?.['clonedFrom']).toMatchObject({ name: 'monday', uid: metadata.uid, location: done?.['backupLocation'], manifestSha256: done?.['manifestSha256'] });
  });

  it('never starts again, whatever becomes of the Restore that brought it', async () => {
    await kubectl.sql('copy', 'copied', 'set role copier; delete from order_lines; create table later as select 1 as id');
    const now = await tables('copy', 'copied');
    await kubectl('delete', 'restore', 'copy-clone');
    const before = checked(await kubectl.get('database', 'copy'));
    await kubectl('delete', 'pod', 'copy-0');
    // Between the two it was not Ready, for however short a time.
    await waitFor(kubectl, 'database/copy', { what: 'Ready with a server that was checked anew', wanted: (seen) => seen.status?.phase === 'Ready' && checked(seen) !== before });
    expect([await kubectl.get('restore', 'copy-clone'), await tables('copy', 'copied')]).toEqual([undefined, now]);
  });

  it('created again over its volume, keeps what is there, and says so', async () => {
    const now = await tables('copy', 'copied');
    await kubectl('delete', 'database', 'copy', '--timeout=240s');
    await kubectl.apply(from('copy', 'monday', { image: 'postgres:15', databaseName: 'copied', username: 'copier' }));
    const kept = await waitForPhase(kubectl, 'database/copy', 'Ready');
    expect(conditionOf(kept, 'Cloned')).toMatchObject({ status: 'False', reason: 'ContentKept' });
    expect(kept.status).not.toHaveProperty('clonedFrom');
    expect(await tables('copy', 'copied')).toEqual(now);
  });

  it('says when it waits for itself', async () => {
    await kubectl.apply(from('snake', 'tail'));
    await kubectl.apply(backup('tail', 'snake'));
    const caught = await cloned('snake', 'CloneCycle');
    expect(conditionOf(caught, 'Cloned')?.message).toContain('Database snake waits for Backup tail waits for Database snake');
    await kubectl('delete', 'database/snake', 'backup/tail', '--timeout=240s');
  });

  it('that fails says why, and is tried again when its Restore is deleted', async () => {
    await applyAndWait(kubectl, backup('cut', 'shop'), 'Completed');
    const dump = '"$(dirname "$(ls -d /backups/*/shop/cut-*/manifest.json)")"/dump.pgcustom.zst';
    await inClaim(kubectl, 'shop-backups', `cp ${dump} /backups/whole; truncate -s -100 ${dump}`);
    await kubectl.apply(from('second', 'cut'));
    await cloned('second', 'CloneFailed');
    const failed = await waitFor(kubectl, 'database/second', { what: 'Stalled', wanted: (seen) => conditionOf(seen, 'Stalled')?.status === 'True' });
    expect(failed.status?.phase).toBe('Verifying');
    expect(conditionOf(failed, 'Stalled')).toMatchObject({ message: expect.stringMatching(/^Restore second-clone of Backup cut failed \(BackupCorrupt: .*delete that Restore/s) as string });
    await inClaim(kubectl, 'shop-backups', `mv /backups/whole ${dump}`);
    await kubectl('delete', 'restore', 'second-clone');
    const ready = await waitForPhase(kubectl, 'database/second', 'Ready');
    expect([await tables('second'), conditionOf(ready, 'Stalled')?.status]).toEqual([whole, 'False']);
  });
});
