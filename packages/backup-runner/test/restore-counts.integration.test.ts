import type { RestoreRequest } from '@postgres-operator/api';
import { describe, expect, it } from 'vitest';
import { backUpAndGoOn, expectRestored, expectUntouched, smallBackup, useRig, withManifest } from './restore-rig.ts';
import { runToEnd } from './runner.ts';
import { asOwner, createDatabase } from './stories.ts';

const rig = useRig();

/** A backup whose manifest says something else. */
async function backupWith(change: (manifest: Record<string, unknown>) => object): Promise<RestoreRequest> {
  await backUpAndGoOn(rig());
  return withManifest(rig(), change);
}

describe('before the swap every table is counted', () => {
  it('and the counts are told', async () => {
    const { result } = await runToEnd(rig().pod, await smallBackup(rig()));
    expect(result).toMatchObject({ outcome: 'succeeded', tables: 1, rows: 2 });
  });

  it.each<[string, { schema: string; table: string; rows: number }[], string]>([
    ['a row too few', [{ schema: 'public', table: 'item', rows: 3 }], 'the restored table public.item has 2 rows, the backup 3'],
    ['a row too many', [{ schema: 'public', table: 'item', rows: 1 }], 'the restored table public.item has 2 rows, the backup 1'],
    ['a table too few', [{ schema: 'public', table: 'we"ird', rows: 0 }], 'the restored database has no table public."we""ird"'],
  ])('and with %s the database is left alone', async (_what, counts, words) => {
    const { result, exitCode } = await runToEnd(rig().pod, await backupWith((manifest) => ({ ...manifest, tables: counts })));
    expect(result).toMatchObject({ reason: 'RestoreFailed', message: expect.stringContaining(words) as string });
    expect(exitCode).toBe(20);
    await expectUntouched(rig());
  });

  it('also those that hide rows, inherit, or are partitions', async () => {
    await createDatabase(rig().server, 'odd');
    await asOwner(
      rig().server,
      'odd',
      `alter table item enable row level security; alter table item force row level security;
       create table parent (id int); create table child () inherits (parent); insert into parent values (1); insert into child values (2), (3);
       create table part (id int) partition by hash (id);
       create table "part 1" partition of part for values with (modulus 2, remainder 0);
       create table part_2 partition of part for values with (modulus 2, remainder 1);
       insert into part select generate_series(1, 100);
       create table no_columns (); insert into no_columns select from generate_series(1, 4)`,
    );
    await rig().dump('odd');
    const { result, log } = await runToEnd(rig().pod, rig().request({ server: rig().at('odd') }));
    expect(result, log).toMatchObject({ outcome: 'succeeded', tables: 6, rows: 2 + 1 + 2 + 100 + 4 });
  });

  it('unless the backup is of a version that did not count', async () => {
    const request = await backupWith(({ tables: _tables, rows: _rows, ...manifest }) => manifest);
    const { result } = await runToEnd(rig().pod, request);
    expect(result).toMatchObject({ outcome: 'succeeded' });
    expect(result).not.toHaveProperty('tables');
    await expectRestored(rig());
  });
});
