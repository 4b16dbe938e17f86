// What a server makes of data of another major version in its volume: see scripts/majors.sh.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { run } from '../../../../../e2e/lib/run.ts';
import { installPostgres, ServerPods } from '../../../test/server-pods.ts';

beforeAll(installPostgres);

const until = (what: () => Promise<void>): Promise<void> => vi.waitFor(what, { timeout: 60_000, interval: 200 });

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
