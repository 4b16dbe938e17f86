// Another major version in spec.image takes the data there, and back.
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { SHOP } from '../demo/shop.ts';
import type { KubeObject } from '../harness/kubectl.ts';
import { sqlIn } from '../harness/servers.ts';
import { applyAndWait, conditionOf, database, storyNamespace, waitFor, type Manifest } from '../harness/story.ts';
import { proveDatabase, proveTables, type DatabaseProof } from '../harness/table-proof.ts';
import { startWriter } from '../harness/writer.ts';

/** An index that takes eight seconds to make again, on any machine: while it is loaded, a runner can be killed. */
const SLOW = `set role app; create table much as select n as id, md5(n::text) as text from generate_series(1, 8) n;
  create function slowly(int) returns int immutable language sql as 'select $1'; create index on much (slowly(id));
  create or replace function slowly(int) returns int immutable language plpgsql as 'begin perform pg_catalog.pg_sleep(1); return $1; end'`;
/** An index that can be made where it was made and nowhere else: what its function finds depends on search_path. */
const NOT_TO_BE_LOADED = `set role app; create table helper as select 1 as n; create table odd as select 1 as a;
  create function f(int) returns int immutable language sql as 'select $1 + (select count(*)::int from helper)'; create index odd_f on odd (f(a))`;

interface Upgrade {
  readonly step: string;
  readonly reason?: string;
  readonly rows?: number;
  readonly backup?: string;
}
const upgradeOf = ({ status }: KubeObject): Upgrade | undefined => status?.['upgrade'] as Upgrade | undefined;
const SOON = { timeout: 120_000, interval: 500 };
const OVER = ['Done', 'Refused', 'Failed'];

describe('A Database of two servers is changed to another major version', () => {
  const kubectl = storyNamespace('upgrade');
  const shop = (image: string): Manifest => database('shop', { replicas: 2, image });
  let whole: DatabaseProof;

  const onStandby = (): Promise<DatabaseProof> => proveDatabase((sql) => sqlIn(kubectl, 'shop-1', 'shop', sql));
  const version = async (pod: string): Promise<string> => (await sqlIn(kubectl, pod, 'postgres', 'show server_version')).split('.')[0] ?? '';
  /** Waits for the end of what was asked for by `act`, and until the servers are Ready after it. */
  const after = async (act: () => Promise<unknown>): Promise<KubeObject> => {
    const before = upgradeOf((await kubectl.get('database', 'shop')) as KubeObject);
    await act();
    await waitFor(kubectl, 'database/shop', { what: 'an upgrade that begins', wanted: (seen) => JSON.stringify(upgradeOf(seen)) !== JSON.stringify(before) });
    const isOver = (seen: KubeObject): boolean => OVER.includes(upgradeOf(seen)?.step ?? '') && seen.status?.phase === 'Ready';
    return waitFor(kubectl, 'database/shop', { what: 'the end of the upgrade', wanted: isOver, seconds: 300 });
  };
  const to = (image: string): Promise<KubeObject> => after(() => kubectl.apply(shop(image)));
  const again = (): Promise<KubeObject> => after(() => kubectl('annotate', 'database', 'shop', `database.example.com/upgrade=${Date.now()}`, '--overwrite'));

  /** Kills the first runner that loads, when it works; returns the number of its attempt. */
  const killLoader = async (): Promise<number> =>
    vi.waitFor(
      async () => {
        const pods = await kubectl.list('pod', 'database.example.com/run=upgrade');
        const loader = pods.find(({ metadata, status }) => metadata.name.includes('-load-') && status?.phase === 'Running')?.metadata.name ?? '';
        expect(loader).not.toBe('');
        await kubectl('delete', 'pod', loader, '--grace-period=0', '--force');
        return Number(/-load-(\d+)/.exec(loader)?.[1]);
      },
      { timeout: 300_000, interval: 100 },
    );

  /** Both servers are of a version and hold the same: the standby shows a moment later what the primary was told. */
  const expectServers = async (major: string, content: DatabaseProof): Promise<void> => {
    expect([await version('shop-0'), await version('shop-1'), await proveTables(kubectl, 'shop', 'shop')]).toEqual([major, major, content]);
    await expect.poll(onStandby, SOON).toEqual(content);
  };

  beforeAll(async () => {
    await applyAndWait(kubectl, shop('postgres:14'), 'Ready');
    await kubectl.sql('shop', 'shop', SHOP);
    await kubectl.sql('shop', 'shop', SLOW);
    await kubectl.sql('shop', 'postgres', "alter system set max_connections = 120; alter role app set work_mem = '7MB'; alter database shop set timezone = 'Europe/Vienna'");
    whole = await proveTables(kubectl, 'shop', 'shop');
  });

  it('not when something is in the way: it says what, and serves on', async () => {
    await kubectl.sql('shop', 'postgres', 'create database other');
    await kubectl.sql('shop', 'other', 'create table t as select 1');
    const refused = await to('postgres:15');
    expect(upgradeOf(refused)).toMatchObject({ step: 'Refused', reason: 'OtherDatabases' });
    expect(conditionOf(refused, 'Degraded')).toMatchObject({ status: 'True', reason: 'MajorUpdateRefused', message: expect.stringMatching(/other/) as string });
    await kubectl.sql('shop', 'postgres', 'drop database other');
  });

  it('with every row, under a client that writes, although the runner is killed in the middle', async () => {
    const writer = await startWriter(kubectl, 'shop', 'postgres:14');
    await writer.reaches(10);
    const killed = killLoader();
    const done = await again();
    const attempt = await killed;
    expect(upgradeOf(done)).toMatchObject({ step: 'Done' });
    expect((await kubectl.list('job', 'database.example.com/run=upgrade')).map(({ metadata }) => metadata.name)).toContainEqual(expect.stringMatching(`-load-${attempt + 1}$`));
    await writer.reaches((await writer.acknowledged()) + 10);
    console.log(`longest gap between acknowledged rows: ${await writer.longestGap()} s`);
    expect(await writer.missing()).toEqual([]);
    await expectServers('15', whole);
  });

  it('with the settings that it had, and says what it kept', async () => {
    expect(await kubectl.sql('shop', 'postgres', "select current_setting('max_connections'), (select string_agg(unnest, ' ' order by unnest) from pg_db_role_setting, unnest(setconfig) where unnest ~ 'work_mem|TimeZone')")).toMatch(/^120\|TimeZone=Europe\/Vienna work_mem=7MB$/i);
    expect((await kubectl.get('database', 'shop'))?.status).toMatchObject({ previousImage: 'postgres:14', previous: { major: 14 } });
    await waitFor(kubectl, 'statefulset/shop', { what: 'two updated servers', wanted: ({ status }) => status?.['readyReplicas'] === 2 && status['updatedReplicas'] === 2 });
  });

  it('and back, to what it was; what was written since is in a Backup', async () => {
    await kubectl.sql('shop', 'shop', 'set role app; create table since as select 1 as id');
    const back = await to('postgres:14');
    // The rows that the client had written until it was kept out.
    await kubectl.sql('shop', 'shop', 'drop table written');
    expect(upgradeOf(back)).toMatchObject({ step: 'Done', goesBack: true });
    await expectServers('14', whole);
    const { status } = (await kubectl.get('backup', upgradeOf(back)?.backup ?? '')) ?? {};
    expect(status).toMatchObject({ phase: 'Completed', serverVersion: expect.stringMatching(/^15\./) as string, tables: Object.keys(whole).length + 1 });
    expect(back.status).not.toHaveProperty('previousImage');
  });

  it('not with an object that does not load: the old servers come back in full', async () => {
    await kubectl.sql('shop', 'shop', NOT_TO_BE_LOADED);
    const before = await proveTables(kubectl, 'shop', 'shop');
    const failed = await to('postgres:18');
    expect(upgradeOf(failed)).toMatchObject({ step: 'Failed', reason: 'RestoreFailed' });
    expect(conditionOf(failed, 'Degraded')).toMatchObject({ status: 'True', reason: 'MajorUpdateFailed', message: expect.stringContaining('"helper" does not exist') as string });
    await expectServers('14', before);
    await kubectl.sql('shop', 'shop', 'drop table odd, helper; drop function f(int)');
  });

  it('to the newest, once it can', async () => {
    expect(upgradeOf(await again())).toMatchObject({ step: 'Done' });
    await expectServers('18', whole);
  });

  it('and back from a server that is broken, without the Backup that nobody can take of it', async () => {
    await kubectl.attempt('exec', 'shop-0', '-c', 'postgres', '--', 'bash', '-c', 'rm /var/lib/postgresql/18/data/global/pg_control; kill -QUIT 1');
    await waitFor(kubectl, 'database/shop', { what: 'Degraded, with the way back', wanted: (seen) => /postgres:14 is kept/.test(conditionOf(seen, 'Degraded')?.message ?? '') });
    const back = await after(async () => {
      await kubectl.apply(shop('postgres:14'));
      const stuck = await waitFor(kubectl, 'database/shop', { what: 'word of what to do', wanted: (seen) => conditionOf(seen, 'Ready')?.reason === 'NewServerNotReady', seconds: 30 });
      const [annotation = ''] = /[a-z.]+\/go-back-without=\S+/.exec(conditionOf(stuck, 'Ready')?.message ?? '') ?? [];
      await kubectl('annotate', 'database', 'shop', annotation);
    });
    expect(upgradeOf(back)).toMatchObject({ step: 'Done', goesBack: true });
    await expectServers('14', whole);
    expect(back.status).toMatchObject({ previous: { major: 18, unsaved: true } });
    await kubectl.apply(database('shop', { replicas: 2, image: 'postgres:14', upgrade: { keepPrevious: '0s' } }));
    await waitFor(kubectl, 'database/shop', { what: 'no data of before', wanted: ({ status }) => status?.['previousImage'] === undefined });
  });
});
