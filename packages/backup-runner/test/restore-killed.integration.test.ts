// The runner dies before and after each step of a restore: the live database is the old or the new one in full, nobody is kept out, and
// the next run of the same request brings it to its end. One moment a step; npm run campaign:restore tries them all.
import { rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { escapeIdentifier } from 'pg';
import { describe, expect, it } from 'vitest';
import type { RestoreRequest } from '@postgres-operator/api';
import { FAILPOINT_VARIABLE } from '../src/failpoint.ts';
import { LATER_UID, UID, backUpAndGoOn, succeeded, useRig } from './restore-rig.ts';
import { runToEnd, startRunner, type Ended } from './runner.ts';
import { addBigTable, asOwner, copying, databases } from './stories.ts';

const rig = useRig();
const DAY = 86_400;

const stoppedAt = (place: string, how: 'kill' | 'error', request: RestoreRequest): Promise<Ended> => startRunner(rig().pod, request, [], { [FAILPOINT_VARIABLE]: `${place}:${how}` }).ended;
const after = (...steps: string[]): string[] => steps.map((step) => `after-${step}`);

const OLD = [1, 2, 3];
const NEW = [1, 2];

describe('a restore', () => {
  const BEFORE_SWAP = after('look', 'verify', 'create', 'load', 'count', 'record');
  const AFTER_SWAP = after('swap', 'finish');

  it.each([...BEFORE_SWAP.map((place) => ({ place, live: OLD })), ...AFTER_SWAP.map((place) => ({ place, live: NEW }))])('killed $place', async ({ place, live }) => {
    await backUpAndGoOn(rig());
    const request = rig().request({ keepPreviousSeconds: DAY });
    const { exitCode } = await stoppedAt(place, 'kill', request);
    expect(exitCode).toBeNull();
    expect(await rig().ids()).toEqual(live);
    await asOwner(rig().server, 'shop', `insert into item values (8, 'after the runner died')`);
    succeeded(await runToEnd(rig().pod, request));
    expect(await rig().ids()).toEqual(live === NEW ? [1, 2, 8] : NEW);
    expect(await databases(rig().server)).toEqual(['previous_feedc0de', 'shop']);
  });

  it.each(['before-drop', 'after-drop'])('that keeps nothing, killed %s', async (place) => {
    await backUpAndGoOn(rig());
    await stoppedAt(place, 'kill', rig().request());
    expect(await rig().ids()).toEqual(NEW);
    succeeded(await runToEnd(rig().pod, rig().request()));
    expect(await databases(rig().server)).toEqual(['shop']);
  });

  it.each(after('create', 'load', 'record'))('that fails %s leaves nothing', async (place) => {
    await backUpAndGoOn(rig());
    const { result } = await stoppedAt(place, 'error', rig().request({ keepPreviousSeconds: DAY }));
    expect(result).toMatchObject({ outcome: 'failed', reason: 'InternalError' });
    expect(await rig().ids()).toEqual(OLD);
    expect(await databases(rig().server)).toEqual(['shop']);
  });

  it('killed while it loaded blocks no other one, which takes its leftovers away', async () => {
    await backUpAndGoOn(rig());
    await stoppedAt('after-load', 'kill', rig().request());
    expect(await databases(rig().server)).toEqual(['restore_feedc0de', 'shop']);
    succeeded(await runToEnd(rig().pod, rig().request({ object: { kind: 'Restore', namespace: 'shop', name: 'other', uid: LATER_UID } })));
    expect(await databases(rig().server)).toEqual(['shop']);
  });
});

describe('a restore beside', () => {
  it.each(after('record', 'swap', 'finish'))('killed %s', async (place) => {
    await backUpAndGoOn(rig());
    const request = rig().request({ targetDatabase: 'look' });
    await stoppedAt(place, 'kill', request);
    expect(await rig().ids()).toEqual(OLD);
    succeeded(await runToEnd(rig().pod, request));
    expect(await rig().ids('look')).toEqual(NEW);
    expect(await databases(rig().server)).toEqual(['look', 'shop']);
  });
});

describe('going back', () => {
  it.each([
    ...after('look', 'record').map((place) => ({ place, live: NEW })),
    ...after('swap', 'finish').map((place) => ({ place, live: OLD })),
  ])('killed $place', async ({ place, live }) => {
    await backUpAndGoOn(rig());
    succeeded(await runToEnd(rig().pod, rig().request({ keepPreviousSeconds: DAY })));
    const back = rig().request({ object: { kind: 'Restore', namespace: 'shop', name: 'back', uid: LATER_UID }, source: { type: 'previous', location: 'previous_feedc0de', restoreUid: UID }, keepPreviousSeconds: DAY });
    await stoppedAt(place, 'kill', back);
    expect(await rig().ids()).toEqual(live);
    succeeded(await runToEnd(rig().pod, back));
    expect(await rig().ids()).toEqual(OLD);
    expect(await databases(rig().server)).toEqual(['previous_deadbee0', 'shop']);
  });
});

describe('a restore that first drops what it replaces', () => {
  const request = (): RestoreRequest => rig().request({ mode: 'replace', keepPreviousSeconds: DAY });
  const refused = (): Promise<unknown> => rig().server.connect('shop', 'owner').then((client) => client.end().then(() => 'connected'), (error: { code?: string }) => error.code);

  const prepared = async (): Promise<void> => {
    await backUpAndGoOn(rig());
    await rig().server.query('postgres', `comment on database shop is 'the "shop"'; alter database shop set work_mem to '9MB'; grant connect on database shop to ${escapeIdentifier('pg_monitor')}`);
  };

  const expectWhole = async (): Promise<void> => {
    expect(await rig().ids()).toEqual(NEW);
    expect(await databases(rig().server)).toEqual(['shop']);
    const [properties] = await rig().server.query('shop', `select shobj_description(oid, 'pg_database') as comment, current_setting('work_mem') as work_mem, datacl::text like '%pg_monitor%' as granted from pg_database where datname = 'shop'`);
    expect(properties).toEqual({ comment: 'the "shop"', work_mem: '9MB', granted: true });
  };

  it('succeeds, with all that the database had besides its content', async () => {
    await prepared();
    const { result, log } = await runToEnd(rig().pod, request());
    expect(result, log).toMatchObject({ outcome: 'succeeded', tables: 1, rows: 2 });
    expect(result).not.toHaveProperty('previous');
    expect(log).toContain('until this restore succeeds there is none');
    await expectWhole();
  });

  it('and fails says that the database is gone, and lets nobody into what is not whole', async () => {
    await prepared();
    const { result } = await stoppedAt('after-load', 'error', request());
    expect(result).toMatchObject({ outcome: 'failed', message: expect.stringContaining('was dropped before (mode Replace)') as string });
    expect(await refused()).toBe('55000');
    expect(await databases(rig().server)).toEqual(['shop']);
    // Any other restore, in whatever mode, mends it.
    succeeded(await runToEnd(rig().pod, rig().request({ object: { kind: 'Restore', namespace: 'shop', name: 'other', uid: LATER_UID }, keepPreviousSeconds: DAY })));
    await expectWhole();
  });

  it.each(after('verify', 'replace', 'create', 'load', 'record', 'swap', 'finish'))('killed %s', async (place) => {
    await prepared();
    await stoppedAt(place, 'kill', request());
    const [{ open = false } = {}] = await rig().server.query<{ open: boolean }>('postgres', `select datallowconn as open from pg_database where datname = 'shop'`);
    if (open) expect([OLD, NEW]).toContainEqual(await rig().ids());
    else expect(await refused()).toBe('55000');
    succeeded(await runToEnd(rig().pod, request()));
    await expectWhole();
  });

  it('and is told to stop says so as well', async () => {
    await addBigTable(rig().server, 'shop', 150);
    await prepared();
    const running = startRunner(rig().pod, request());
    await copying(rig().server);
    running.child.kill('SIGTERM');
    const { result, exitCode } = await running.ended;
    expect(result).toMatchObject({ reason: 'Cancelled', message: expect.stringContaining('refuses connections until a restore into it succeeds') as string });
    expect(exitCode).toBe(143);
    expect(await databases(rig().server)).toEqual(['shop']);
  });

  it('leaves nothing when it fails before', async () => {
    await prepared();
    expect((await stoppedAt('before-replace', 'error', request())).result).toMatchObject({ outcome: 'failed', message: expect.not.stringContaining('was dropped') as string });
    expect(await rig().ids()).toEqual(OLD);
    expect(await databases(rig().server)).toEqual(['shop']);
  });

  it.each<[string, string, (path: string) => Promise<unknown>]>([
    ['is not there', 'BackupMissing', (path) => rm(path, { recursive: true })],
    ['is cut', 'BackupCorrupt', (path) => truncate(join(path, 'dump.pgcustom.zst'), 200)],
  ])('drops nothing when the backup %s', async (_what, reason, damage) => {
    await prepared();
    await damage(join(rig().pod.storage, 'shop/db/nightly-0a1b2c3d'));
    expect((await runToEnd(rig().pod, request())).result).toMatchObject({ reason });
    expect(await rig().ids()).toEqual(OLD);
  });
});
