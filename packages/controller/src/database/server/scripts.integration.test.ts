import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
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

describe('a volume with data of another major version', () => {
  let pods: ServerPods;
  /** Data of a major in the volume of the primary, with the mark that it has. */
  const put = async (major: number, mark?: string): Promise<void> => {
    await pods.put(0, `${major}/data/PG_VERSION`, `${major}\n`);
    if (mark !== undefined) await pods.put(0, `${major}/${mark}`, '');
  };
  const inVolume = async (): Promise<string[]> => (await readdir(pods.volume(0))).sort();

  beforeAll(async () => {
    pods = await ServerPods.create({ REPLICAS: 1, MAY_INITIALISE: 'no' });
  });
  afterAll(() => pods.remove());

  test('is not started over that, nor beside it, unless the operator speaks of that data', async () => {
    await put(14);
    await pods.start(0);
    expect(await pods.ended(0)).toBe('the volume holds data of PostgreSQL 14, not of the version of this image: use an image of that version');
  });

  test('gets an empty database beside it for an upgrade', async () => {
    await pods.tell({ UPGRADE_FROM: 14, UPGRADE_TO: 15, UPGRADE_INITIALISES: 'yes' });
    await pods.start(0);
    await pods.waitUntilReady(0);
    expect(await readdir(join(pods.volume(0), '15'))).toContain('.unfinished');
    expect(await inVolume()).toEqual(['14', '15']);
  });

  test('keeps to itself what an upgrade did not finish, should that be forgotten', async () => {
    await pods.stop('SIGINT', 0);
    await pods.tell({ UPGRADE_FROM: '', UPGRADE_TO: '', UPGRADE_INITIALISES: 'no', REPLACED_MAJORS: 14 });
    await pods.start(0);
    expect(await pods.ended(0)).toMatch(/^the data of PostgreSQL 15 in the volume is of an upgrade that was not finished: use an image of the version before \(14 *\)$/);
  });

  test('loses what an upgrade did not finish when the server of before comes back, which may have no room for a start', async () => {
    await put(16, '.unfinished');
    await pods.tell({ UPGRADE_FROM: 15, UPGRADE_TO: 16 });
    await pods.start(0);
    await pods.waitUntilReady(0);
    expect(await inVolume()).toEqual(['14', '15']);
    await pods.stop('SIGINT', 0);
    await pods.tell({ UPGRADE_FROM: '', UPGRADE_TO: '' });
  });

  test('marks what was replaced, and keeps it as long as it is to be kept', async () => {
    await pods.tell({ SERVED_MAJOR: 15, KEPT_MAJOR: 14, REMOVE_OLD: 'yes' });
    await pods.start(0);
    await pods.waitUntilReady(0);
    expect(await readdir(join(pods.volume(0), '15'))).not.toContain('.unfinished');
    expect(await readdir(join(pods.volume(0), '14'))).toContain('.superseded');
  });

  test('starts over marked data of a Database that nobody remembers, and leaves it there', async () => {
    await pods.stop('SIGINT', 0);
    await pods.tell({ SERVED_MAJOR: '', REPLACED_MAJORS: '', KEPT_MAJOR: '', REMOVE_OLD: 'no' });
    await pods.start(0);
    await pods.waitUntilReady(0);
    expect(await inVolume()).toEqual(['14', '15']);
  });

  test('loses what is not kept, and the hand-over files of the upgrade that is over and of those before, not of one that may have begun', async () => {
    for (const id of ['before', 'over', 'begun']) await pods.put(0, `.upgrade-${id}/handover`, '');
    await run('touch', ['--date=1 hour ago', join(pods.volume(0), '.upgrade-before')]);
    await pods.tell({ REMOVE_OLD: 'yes', UPGRADE_ID: 'over' }, 0);
    await until(async () => {
      expect(await pods.isReady(0)).toBe(true);
      expect(await inVolume()).toEqual(['.upgrade-begun', '15']);
    });
  });

  test('refuses data that was replaced by another', async () => {
    await pods.stop('SIGINT', 0);
    await put(16);
    await pods.put(0, '15/.superseded', '');
    await pods.tell({ KEPT_MAJOR: 16 });
    await pods.start(0);
    expect(await pods.ended(0)).toMatch(/^the data of PostgreSQL 15 in the volume was replaced by that of another version: use an image of that one \(16 *\)$/);
  });

  test('but not when the operator goes back to it', async () => {
    await pods.tell({ UPGRADE_FROM: 16, UPGRADE_TO: 15 });
    await pods.start(0);
    await pods.waitUntilReady(0);
    expect(await readdir(join(pods.volume(0), '15'))).not.toContain('.superseded');
  });
});

describe('in the place where an upgrade is to make its data, what an earlier one left there', () => {
  let pods: ServerPods;
  /** What the server of an upgrade finds when it starts; it is stopped again. */
  const found = async (id: string): Promise<string> => {
    await pods.tell({ UPGRADE_ID: id });
    // Each is another pod, and remembers nothing.
    await rm(join(pods.volume(0), '..', 'socket'), { recursive: true });
    await pods.start(0);
    await pods.waitUntilReady(0);
    const database = await pods.sql(0, `select coalesce(string_agg(tablename, ' '), 'nothing') from pg_tables where schemaname = 'public'`);
    await pods.stop('SIGINT', 0);
    return database;
  };
  /** Says that the data of before was sealed for an upgrade. */
  const seal = async (id: string, date = 'now'): Promise<void> => {
    await pods.put(0, `.upgrade-${id}/handover.sealed`, '');
    await run('touch', [`--date=${date}`, join(pods.volume(0), `.upgrade-${id}`, 'handover.sealed')]);
  };
  const mark = (name: string): string => join(pods.volume(0), '15', name);

  beforeAll(async () => {
    pods = await ServerPods.create({ REPLICAS: 1, MAY_INITIALISE: 'no', UPGRADE_FROM: 14, UPGRADE_TO: 15, UPGRADE_INITIALISES: 'yes', UPGRADE_ID: 'first' });
    await pods.put(0, '14/data/PG_VERSION', '14\n');
    await pods.start(0);
    await pods.waitUntilReady(0);
    await pods.sql(0, 'create table item (id int)');
    await pods.stop('SIGINT', 0);
  });
  afterAll(() => pods.remove());

  test('stays when it is its own, however often its server starts', async () => {
    await seal('first');
    expect(await found('first')).toBe('item');
  });
  test('stays when nothing says that the data of before was sealed', async () => {
    expect(await found('second')).toBe('item');
  });
  test('stays when a server ran with it since', async () => {
    await seal('second', '1 hour ago');
    expect(await found('second')).toBe('item');
  });
  test('stays when it was finished, and nobody knows that it was gone back from', async () => {
    await rm(mark('.unfinished'));
    await seal('second');
    expect(await found('second')).toBe('item');
  });
  test('stays when nobody knows who made it', async () => {
    await run('mv', [mark('.made-by'), mark('.hidden')]);
    await pods.tell({ REPLACED_MAJORS: 15 });
    await seal('second');
    expect(await found('second')).toBe('item');
    await run('mv', [mark('.hidden'), mark('.made-by')]);
  });
  test('goes when it was gone back from', async () => {
    await seal('second');
    expect(await found('second')).toBe('nothing');
    await pods.start(0);
    await pods.waitUntilReady(0);
    await pods.sql(0, 'create table item (id int)');
    await pods.stop('SIGINT', 0);
  });
  test('goes when it was never finished', async () => {
    await pods.tell({ REPLACED_MAJORS: '' });
    await seal('third');
    expect(await found('third')).toBe('nothing');
  });
});

/** The command lines of all processes, as files. */
async function commandLines(): Promise<string[]> {
  const processes = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name) && name !== String(process.pid));
  return processes.map((number) => `/proc/${number}/cmdline`);
}
