import { beforeAll, describe, expect, it } from 'vitest';
import { AWKWARD_DATA, AWKWARD_EXTENSIONS, AWKWARD_ROLES } from '../harness/awkward-data.ts';
import { checksums, manifestIn, readClaim, restoreByHand, type Folder } from '../harness/by-hand.ts';
import { ownRows, proveContent, type ContentProof } from '../harness/content-proof.ts';
import { startObjectStore } from '../harness/object-store.ts';
import { applyAndWait, backup, conditionOf, database, restore, storyNamespace, waitFor } from '../harness/story.ts';

const BUCKET = 'awkward';
const NAME = `it's "Größe" $HOME $(id) \\ 5€`;
const OWNER = `o'wner "$1" ünd`;
const AS_OWNER = `set role "${OWNER.replaceAll('"', '""')}";`;

const DAMAGE = `${AS_OWNER}
drop schema "Zäh""l $1" cascade; drop materialized view summary; drop extension pg_trgm cascade; alter type "select"."mood of day" rename value 'sad' to 'glad';
delete from measure where value > 300; truncate "10 MB"; update kept set value = 'lost ' || id where id % 2 = 0; select lo_unlink(oid) from (select oid from pg_largeobject_metadata limit 2) objects;
select setval('odd_one', 1); create table extra as select 1 as n; create schema extra; create table extra.extra ();`;

describe('A database with every kind of content, and names that a shell would take apart,', () => {
  const kubectl = storyNamespace('awkward');
  let whole: ContentProof;
  let rows: Record<string, number>;

  const content = (): Promise<ContentProof> => proveContent(kubectl, 'odd', NAME);
  /** Where a Backup lies, from what its status says. */
  const folderOf = async (name: string): Promise<Folder> => {
    const { protocol, pathname, host } = new URL(String((await kubectl.get('backup', name))?.status?.['backupLocation']));
    return protocol === 's3:' ? { pod: 'object-store', path: `objects/${host}${pathname}` } : { pod: 'reader', path: `/backups${pathname}` };
  };

  beforeAll(async () => {
    const starting = startObjectStore(kubectl, { secret: 'keys', buckets: [BUCKET] });
    const odd = database('odd', { image: 'postgres:17', databaseName: NAME, username: OWNER });
    await Promise.all([odd, database('fresh', { image: 'postgres:17' })].map((manifest) => applyAndWait(kubectl, manifest, 'Ready')));
    await kubectl.sql('odd', NAME, AWKWARD_ROLES + AS_OWNER + AWKWARD_DATA + AWKWARD_EXTENSIONS);
    [whole, rows] = [await content(), await ownRows(kubectl, 'odd', NAME)];
    await starting;
  });

  it.each([
    ['claim', {}],
    ['bucket', { storageLocation: `s3://${BUCKET}`, credentialsRef: { name: 'keys' } }],
  ])('is backed up into a %s, with the rows of every table counted', async (place, spec) => {
    const done = await applyAndWait(kubectl, backup(`into-${place}`, 'odd', { backoffLimit: 0, verification: { restore: true }, ...spec }), 'Completed');
    if (place === 'claim') await readClaim(kubectl, 'odd-backups');
    const folder = await folderOf(`into-${place}`);
    const manifest = await manifestIn(kubectl, folder);
    expect(Object.fromEntries(manifest.tables.map((table) => [`${table.schema}.${table.table}`, table.rows]))).toEqual(rows);
    expect(manifest.rows).toBe(Object.values(rows).reduce((sum, count) => sum + count, 0));
    expect(done.status).toMatchObject({ rows: manifest.rows, tables: manifest.tables.length });
    expect(conditionOf(done, 'OwnerRestorable')?.status).not.toBe('False');
    expect(await checksums(kubectl, folder)).toEqual(Object.fromEntries(manifest.files.map(({ name, storedAs = name, sha256 }) => [storedAs, sha256])));
  });

  it.each(['claim', 'bucket'])('comes back from the %s by hand, on a server that never saw it', async (place) => {
    await restoreByHand(kubectl, await folderOf(`into-${place}`), 'fresh', `from ${place}`);
    expect(await proveContent(kubectl, 'fresh', `from ${place}`)).toEqual(whole);
  });

  it.each(['claim', 'bucket'])('is proven by a drill from the %s', async (place) => {
    const drilled = await waitFor(kubectl, `backup/into-${place}`, { what: 'the end of its drill', wanted: ({ status }) => (status?.['verification'] as { time?: string } | undefined)?.time !== undefined });
    expect(conditionOf(drilled, 'RestoreProven')).toMatchObject({ status: 'True' });
    expect(drilled.status?.['verification']).toMatchObject({ rows: drilled.status?.['rows'], tables: drilled.status?.['tables'] });
  });

  it.each(['claim', 'bucket'])('comes back from the %s by a Restore, whatever was done to it', async (place) => {
    await kubectl.sql('odd', NAME, DAMAGE);
    expect(Object.keys((await content()).tables)).toEqual(expect.arrayContaining(['public.extra', 'extra.extra']));
    await applyAndWait(kubectl, restore(`from-${place}`, 'odd', `into-${place}`), 'Completed');
    expect(await content()).toEqual(whole);
  });
});
