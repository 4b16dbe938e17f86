// A drill restores a backup into a server of its own, and says whether it is what was backed up.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DrillRequest } from '@postgres-operator/api';
import { startThrowAway } from './postgres-server.ts';
import { FOLDER, useRig, withManifest } from './restore-rig.ts';
import { runToEnd, type Ended } from './runner.ts';
import { asOwner, databases } from './stories.ts';

const rig = useRig();

describe('a drill', () => {
  let server: Awaited<ReturnType<typeof startThrowAway>>;
  beforeAll(async () => {
    server = await startThrowAway();
  });
  afterAll(() => server.stop());

  const drill = (request = rig().request(), queries?: DrillRequest['queries']): Promise<Ended> => {
    const { v, object, operatorVersion, source } = request;
    const pod = { ...rig().pod, environment: { ...rig().pod.environment, credentialsFolder: '/nowhere', drillFolder: server.folder, startRetries: 20 } };
    return runToEnd(pod, { v, object, operatorVersion, command: 'drill', source: source as DrillRequest['source'], ...(queries && { queries }) });
  };

  it('proves a backup with all that a database may have, and touches no live one', async () => {
    await asOwner(
      rig().server,
      'shop',
      `create table "Zäh""l $1" (id serial primary key, item int, label text unique check (label <> ''));
       insert into "Zäh""l $1" (item, label) select n % 7, 'label ' || n from generate_series(1, 1000) n;
       create table child (id int references "Zäh""l $1"); insert into child values (1), (2);
       create index on "Zäh""l $1" (lower(label)); create sequence unused;
       create table secret (tenant text); insert into secret select 'a'; alter table secret enable row level security; alter table secret force row level security`,
    );
    await rig().server.query('postgres', 'drop role if exists reader; create role reader');
    await asOwner(rig().server, 'shop', `create policy readers on secret for select to reader using (false); grant select on item to reader`);
    await rig().server.query('shop', 'create extension pg_stat_statements');
    const { plainBytes } = await rig().dump();
    const { result, log } = await drill();
    expect(result, log).toMatchObject({ outcome: 'succeeded', command: 'drill', plainBytes, tables: 4, rows: 1005, constraints: 5, indexes: 4, sequences: 2 });
    expect(await databases(rig().server)).toEqual(['shop']);
  });

  it('proves an empty database', async () => {
    await asOwner(rig().server, 'shop', 'drop table item');
    await rig().dump();
    expect((await drill()).result).toMatchObject({ outcome: 'succeeded', tables: 0, rows: 0, constraints: 0, indexes: 0, sequences: 0 });
  });

  it('asks what users ask, and changes nothing by it', async () => {
    await rig().dump();
    const { result } = await drill(rig().request(), [
      { name: 'number', sql: 'select count(*) from item', expect: '2' },
      { name: 'condition', sql: 'select max(id) = 2 from item', expect: 'true' },
      { name: 'null', sql: 'select name from item union all select null order by 1 nulls first limit 1', expect: 'null' },
      { name: 'wrong', sql: 'select min(id) from item', expect: '7' },
      { name: 'several', sql: 'select id from item', expect: '1' },
      { name: 'typo', sql: 'select id form item', expect: '1' },
      { name: 'change', sql: 'with gone as (delete from item returning id) select count(*) from gone', expect: '2' },
      { name: 'two', sql: 'select 1; drop table item', expect: '1' },
      { name: 'after-all', sql: 'select count(*) from item', expect: '2' },
    ]);
    expect(result).toMatchObject({ outcome: 'succeeded' });
    const answers = 'queries' in result ? (result.queries ?? []) : [];
    expect(answers.filter(({ passed }) => passed).map(({ name }) => name)).toEqual(['number', 'condition', 'null', 'after-all']);
    expect(Object.fromEntries(answers.map(({ name, answer }) => [name, answer]))).toMatchObject({ number: '2', condition: 'true', wrong: '1', several: 'several rows of 1 columns, in the place of one', change: expect.stringContaining('DECLARE CURSOR must not contain data-modifying') as string });
  });

  it('finds a flipped bit', async () => {
    await rig().dump();
    const file = join(rig().pod.storage, FOLDER, 'dump.pgcustom.zst');
    const bytes = await readFile(file);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    await writeFile(file, bytes);
    expect((await drill()).result).toMatchObject({ outcome: 'failed', reason: 'BackupCorrupt', retryable: false });
  });

  it('finds that rows are missing', async () => {
    await rig().dump();
    const request = await withManifest(rig(), (manifest) => ({ ...manifest, rows: 3, tables: [{ schema: 'public', table: 'item', rows: 3 }] }));
    expect((await drill(request)).result).toMatchObject({ outcome: 'failed', reason: 'RestoreFailed', message: 'the restored table public.item has 2 rows, the backup 3' });
  });

  it('finds an index that does not fit its table', async () => {
    await asOwner(rig().server, 'shop', `create function public.dice(int) returns float language plpgsql immutable as 'begin return random() * $1; end'; create index rolled on item (dice(id))`);
    await rig().dump();
    const { result } = await drill();
    expect(result).toMatchObject({ outcome: 'failed', reason: 'ContentDamaged', message: expect.stringMatching(/^the restored index (public\.)?rolled does not fit its table: /) as string });
  });

  it('says that its server did not start', async () => {
    await rig().dump();
    const { environment } = rig().pod;
    const { source, ...request } = rig().request();
    const pod = { ...rig().pod, environment: { ...environment, drillFolder: '/nowhere', startRetries: 1 } };
    const { result } = await runToEnd(pod, { v: 1, object: request.object, operatorVersion: '0', command: 'drill', source: source as DrillRequest['source'] });
    expect(result).toMatchObject({ outcome: 'failed', reason: 'ServerUnreachable', retryable: true });
  });
});
