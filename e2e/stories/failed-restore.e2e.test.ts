import { beforeAll, describe, expect, it } from 'vitest';
import { inClaim } from '../harness/claim.ts';
import { applyAndWait, backup, conditionOf, database, restore, storyNamespace, waitForPhase } from '../harness/story.ts';
import { proveTables, type DatabaseProof } from '../harness/table-proof.ts';

describe('A Restore that fails leaves the database as it was', () => {
  const kubectl = storyNamespace('failed-restore');
  let before: DatabaseProof;

  const fails = async (name: string, backupName: string): Promise<{ reason: string; message: string } | undefined> => {
    await kubectl.apply(restore(name, 'shop', backupName));
    const failed = conditionOf(await waitForPhase(kubectl, `restore/${name}`, 'Failed'), 'Stalled');
    expect(await proveTables(kubectl, 'shop', 'shop')).toEqual(before);
    expect(await kubectl.sql('shop', 'postgres', "select datname from pg_database where datname like 'restore_%'")).toBe('');
    return failed;
  };
  const dump = '"$(dirname "$(ls -d /backups/*/shop/NAME-*/manifest.json)")"/dump.pgcustom.zst';

  beforeAll(async () => {
    await applyAndWait(kubectl, database('shop'), 'Ready');
    await kubectl.sql('shop', 'shop', 'set role app; create table orders as select n as id, md5(n::text) as note from generate_series(1, 5000) n');
    for (const name of ['cut', 'flipped', 'gone', 'alien']) {
      if (name === 'alien') await kubectl.sql('shop', 'shop', 'create extension pg_stat_statements');
      await applyAndWait(kubectl, backup(name, 'shop'), 'Completed');
    }
    await kubectl.sql('shop', 'shop', 'drop extension pg_stat_statements; set role app; update orders set note = upper(note) where id < 100');
    before = await proveTables(kubectl, 'shop', 'shop');
  });

  it('a dump that was cut is refused before the first statement', async () => {
    await inClaim(kubectl, 'shop-backups', `truncate -s -100 ${dump.replace('NAME', 'cut')}`);
    expect((await fails('from-cut', 'cut'))?.reason).toBe('BackupCorrupt');
  });

  it('a dump with one flipped bit is refused', async () => {
    await inClaim(kubectl, 'shop-backups', `f=${dump.replace('NAME', 'flipped')}; b=$(od -An -tu1 -j 5000 -N 1 "$f" | tr -d ' '); printf "\\\\x$(printf %x $((b ^ 1)))" | dd of="$f" bs=1 seek=5000 conv=notrunc`);
    expect((await fails('from-flipped', 'flipped'))?.reason).toBe('BackupCorrupt');
  });

  it('a backup whose files are gone is refused, and the message names the place', async () => {
    await inClaim(kubectl, 'shop-backups', 'rm -r /backups/*/shop/gone-*');
    const failed = await fails('from-gone', 'gone');
    expect(failed?.reason).toBe('BackupMissing');
    expect(failed?.message).toContain('pvc://shop-backups/');
  });

  it("a dump with an extension that the database's owner may not create is refused by the extension's name", async () => {
    const failed = await fails('from-alien', 'alien');
    expect(failed?.reason).toBe('ExtensionNotAllowed');
    expect(failed?.message).toContain('pg_stat_statements');
  });

  it('a later Restore is not blocked by those that failed', async () => {
    await applyAndWait(kubectl, backup('fresh', 'shop'), 'Completed');
    await applyAndWait(kubectl, restore('from-fresh', 'shop', 'fresh'), 'Completed');
  });
});
