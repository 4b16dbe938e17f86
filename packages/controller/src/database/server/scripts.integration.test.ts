import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { run } from '../../../../../e2e/lib/run.ts';
import { installPostgres, ServerPods } from '../../../test/server-pods.ts';

beforeAll(installPostgres);

const until = (what: () => Promise<void>): Promise<void> => vi.waitFor(what, { timeout: 60_000, interval: 200 });

test('shellcheck has nothing against the scripts', async () => {
  const folder = fileURLToPath(new URL('scripts', import.meta.url));
  const scripts = (await readdir(folder)).filter((name) => /^(start|startup|ready|stop|take-passwords)\.sh$/.test(name));
  expect(scripts).toHaveLength(5);
  await run('shellcheck', ['--external-sources', '--check-sourced', '--source-path=SCRIPTDIR', ...scripts], { cwd: folder });
});

describe('a primary with two standbys', () => {
  let pods: ServerPods;
  const count = (ordinal: number): Promise<string> => pods.sql(ordinal, 'select count(*) from item');
  const add = (rows: number): Promise<string> => pods.sql(0, `insert into item select generate_series(1, ${rows})`);
  const everywhere = (rows: string): Promise<void> =>
    until(async () => {
      for (const ordinal of [0, 1, 2]) expect(await count(ordinal), `rows of orders-${ordinal}`).toBe(rows);
    });
  /** Probes a server that stops when it sees what it cannot follow; says what it says when it is started again. */
  const stopsAndSays = async (ordinal: number): Promise<string> => {
    await until(async () => {
      expect(await pods.isReady(ordinal)).toBe(false);
      expect(pods.isRunning(ordinal), pods.log(ordinal).slice(-2000)).toBe(false);
    });
    await pods.start(ordinal);
    return pods.ended(ordinal);
  };
  const slots = (): Promise<string> => pods.sql(0, `select string_agg(slot_name, ' ' order by slot_name) from pg_replication_slots where active`);

  beforeAll(async () => {
    pods = await ServerPods.create({ MAY_INITIALISE: 'yes' });
    await pods.start(0, 1, 2);
    await pods.waitUntilReady(0, 1, 2);
    await pods.tell({ MAY_INITIALISE: 'no' });
    await pods.sql(0, 'create table item (id int)');
  });
  afterAll(() => pods.remove());

  test('stream: in recovery, of one system identifier, with every row, each on its slot', async () => {
    await add(10);
    await everywhere('10');
    const facts = await Promise.all([0, 1, 2].map((ordinal) => pods.sql(ordinal, 'select pg_is_in_recovery(), system_identifier from pg_control_system()')));
    const [identifier] = facts.map((fact) => fact.split('|')[1]);
    expect(facts).toEqual([`f|${identifier}`, `t|${identifier}`, `t|${identifier}`]);
    expect(await slots()).toBe('standby_1 standby_2');
  });

  test('show no password: neither on a command line nor in a file of the data directory', async () => {
    const seen = await run('grep', ['--recursive', '--files-with-matches', '--fixed-strings', 's3:cr', pods.data(1), ...(await commandLines())], { accept: [1, 2] });
    expect(seen.stdout).toBe('');
  });

  test('a standby whose volume is lost makes itself anew, over the slot that it had', async () => {
    await pods.stop('SIGKILL', 1);
    await pods.loseVolume(1);
    await pods.start(1);
    await pods.waitUntilReady(1);
    await everywhere('10');
    expect(await slots()).toBe('standby_1 standby_2');
  });

  test('the startup probe of a server that is not there yet waits for it some seconds', async () => {
    await pods.stop('SIGINT', 1);
    const askedAt = performance.now();
    expect((await pods.execute(1, 'startup.sh')).exitCode).toBe(1);
    expect(performance.now() - askedAt).toBeGreaterThan(3000);
    await pods.start(1);
    await until(async () => expect((await pods.execute(1, 'startup.sh')).exitCode).toBe(0));
    expect(await pods.isReady(1)).toBe(true);
  });

  test('a standby that was cut short while it copied the primary begins again', async () => {
    await pods.stop('SIGINT', 2);
    await pods.loseVolume(2);
    await pods.start(2);
    await until(async () => expect(pods.log(2)).toMatch(/(taking a base backup[^]*){2}/));
    await pods.stop('SIGKILL', 2);
    await pods.start(2);
    await pods.waitUntilReady(2);
    await everywhere('10');
  });

  test('a standby that is stopped while it waits ends at once', async () => {
    await pods.stop('SIGINT', 0, 1);
    await pods.loseVolume(1);
    await pods.start(1);
    await until(async () => expect(pods.log(1)).toMatch(/(waiting for the primary[^]*){2}/));
    await pods.stop('SIGINT', 1);
    await pods.start(0, 1);
    await pods.waitUntilReady(0, 1);
  });

  test('a standby serves what it has while its primary is down, and goes on when it is back', async () => {
    await pods.stop('SIGKILL', 0, 2);
    await pods.start(2);
    await until(async () => expect(await count(2)).toBe('10'));
    expect(await pods.isReady(2)).toBe(false);
    await pods.start(0);
    await pods.waitUntilReady(0, 1, 2);
  });

  test('a standby that shows what is too old is not ready, until it has caught up', async () => {
    await pods.tell({ MAX_LAG_BYTES: 1000 }, 1);
    await pods.sql(1, 'select pg_wal_replay_pause()');
    await add(1000);
    await until(async () => expect(await pods.isReady(1)).toBe(false));
    await pods.sql(1, 'select pg_wal_replay_resume()');
    await pods.waitUntilReady(1);
    await everywhere('1010');
  });

  test('a standby has at least the settings of its primary that replay needs', async () => {
    await pods.sql(0, 'alter system set max_connections = 120');
    await pods.stop('SIGINT', 0);
    await pods.start(0);
    // They replay the change, stop there, and are started again.
    for (const ordinal of [1, 2]) {
      await until(async () => {
        await pods.waitUntilReady(0, ordinal);
        expect(await pods.sql(ordinal, 'show max_connections')).toBe('120');
      });
    }
  });

  test('a primary that is killed comes back with what was acknowledged, and its standbys with it', async () => {
    await add(90);
    await pods.stop('SIGKILL', 0);
    await pods.start(0);
    await pods.waitUntilReady(0, 1, 2);
    await everywhere('1100');
  });

  test('a primary whose volume is lost comes back from the standby that has most', async () => {
    const copies = (): number => pods.log(1).split('taking a base backup').length;
    const before = copies();
    await pods.stop('SIGKILL', 2);
    await add(100);
    await until(async () => expect(await count(1)).toBe('1200'));
    await pods.stop('SIGKILL', 0);
    await pods.loseVolume(0);
    await pods.tell({ PEER_WAIT_SECONDS: 3 });
    await pods.start(0);
    // It waits for all of them: the one that is missing might have more.
    expect(await pods.ended(0)).toMatch(/^the volume is empty although this database was up before: .* 127\.\S+2 did not answer yet$/);
    await pods.start(2);
    await pods.waitUntilReady(0, 1, 2);
    await everywhere('1200');
    expect(await slots()).toBe('standby_1 standby_2');
    expect(await pods.sql(0, 'select timeline_id from pg_control_checkpoint()')).toBe('2');
    // The standbys followed, they were not made anew.
    expect(copies()).toBe(before);
  });

  test('a standby that fell behind the WAL of its primary is made anew, and its slot keeps no more than it may', async () => {
    await pods.stop('SIGKILL', 2);
    await pods.tell({ MAX_SLOT_WAL_KEEP_MB: 16 });
    await pods.stop('SIGINT', 0);
    await pods.start(0);
    await pods.waitUntilReady(0, 1);
    for (let segment = 0; segment < 6; segment += 1) await pods.sql(0, 'insert into item values (0); select pg_switch_wal(); checkpoint');
    expect(await pods.sql(0, `select wal_status from pg_replication_slots where slot_name = 'standby_2'`)).toBe('lost');
    await pods.start(2);
    await pods.waitUntilReady(2);
    await everywhere('1206');
    expect(pods.log(2)).toContain('this standby is made anew');
  });

  test('slots of standbys that are no longer wanted go, after they were idle for a while; the others stay', async () => {
    await pods.tell({ REPLICAS: 2, STALE_SLOT_SECONDS: 2 }, 0);
    await pods.stop('SIGINT', 1, 2);
    expect(await pods.isReady(0)).toBe(true);
    const all = (): Promise<string> => pods.sql(0, `select string_agg(slot_name, ' ' order by slot_name) from pg_replication_slots`);
    expect(await all()).toBe('standby_1 standby_2');
    await until(async () => {
      expect(await pods.isReady(0)).toBe(true);
      expect(await all()).toBe('standby_1');
    });
    await pods.tell({ REPLICAS: 3 }, 0);
    await pods.start(1, 2);
    await pods.waitUntilReady(0, 1, 2);
    expect(await slots()).toBe('standby_1 standby_2');
  });

  test('after the patience the standbys that answer have to do; one that has more keeps it and says so', async () => {
    await pods.stop('SIGKILL', 2);
    await add(4);
    await until(async () => expect(await count(1)).toBe('1210'));
    await pods.stop('SIGKILL', 0, 1);
    await pods.loseVolume(0);
    await pods.tell({ PEER_PATIENCE_SECONDS: 0 });
    await pods.start(2, 0);
    await pods.waitUntilReady(0, 2);
    expect(await count(0)).toBe('1206');
    await pods.start(1);
    expect(await stopsAndSays(1)).toMatch(/^the data of this standby has changes that the primary \S+ does not have .*: it is kept\./);
    expect(await readFile(`${pods.data(1)}/PG_VERSION`, 'utf8')).toBe('15\n');
  });

  test('a standby never follows another database, and keeps its data', async () => {
    await pods.stop('SIGINT', 0);
    await pods.loseVolume(0);
    await pods.tell({ MAY_INITIALISE: 'yes' });
    await pods.start(0);
    await pods.waitUntilReady(0);
    expect(await stopsAndSays(2)).toMatch(/is another database than the one in the volume .*: the data is kept/);
    expect(await readFile(`${pods.data(2)}/PG_VERSION`, 'utf8')).toBe('15\n');
  });
});

describe('an empty volume of a database that is not new', () => {
  test('without standbys, is refused with what to do', async () => {
    const pods = await ServerPods.create({ REPLICAS: 1 });
    onTestFinished(() => pods.remove());
    await pods.start(0);
    expect(await pods.ended(0)).toMatch(/^the volume is empty although this database was up before, and there is no standby .* Bring the volume back; or .*restore a Backup into it$/);
    expect(pods.log(0)).not.toContain('initdb');
  });
});

/** The command lines of all processes, as files. */
async function commandLines(): Promise<string[]> {
  const processes = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name) && name !== String(process.pid));
  return processes.map((number) => `/proc/${number}/cmdline`);
}
