// The way back: what a restore replaced is kept, can take its place again, and goes when its time is over.
import type { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import type { DropPreviousRequest } from '@postgres-operator/api';
import { codeOf } from '../src/errors.ts';
import { ERRORS_OF_A_SWAP } from './outage.ts';
import { LATER_UID, UID, backUpAndGoOn, succeeded, useRig, type Rig } from './restore-rig.ts';
import { runToEnd } from './runner.ts';
import { asOwner, databases, until } from './stories.ts';

const DAY = 86_400;
const rig = useRig();

const comment = async ({ server }: Rig, database: string): Promise<string | null> =>
  (await server.query<{ comment: string | null }>('postgres', `select shobj_description(oid, 'pg_database') as comment from pg_database where datname = $1`, [database]))[0]?.comment ?? null;

/** Restores, and keeps what was replaced. */
async function restored(changes = {}): Promise<ReturnType<typeof succeeded>> {
  await backUpAndGoOn(rig());
  return succeeded(await runToEnd(rig().pod, rig().request({ keepPreviousSeconds: DAY, ...changes })));
}

const back = (changes = {}): ReturnType<Rig['request']> =>
  rig().request({ object: { kind: 'Restore', namespace: 'shop', name: 'back', uid: LATER_UID }, source: { type: 'previous', location: 'previous_feedc0de', restoreUid: UID }, keepPreviousSeconds: DAY, ...changes });

/** As if its time were over. */
const expire = ({ server }: Rig): Promise<unknown> =>
  server.query('postgres', `do $$ begin execute format('comment on database previous_feedc0de is %L', jsonb_set((select shobj_description(oid, 'pg_database')::jsonb from pg_database where datname = 'previous_feedc0de'), '{keptUntil}', '"2020-01-01T00:00:00Z"')); end $$`);

describe('what was replaced', () => {
  it('stays, takes no connections, and its comment says what it is', async () => {
    const before = Date.now();
    const { previous, database } = await restored();
    const after = Date.now();
    expect(database).toBe('shop');
    expect(await rig().ids()).toEqual([1, 2]);
    const [found] = await rig().server.query('postgres', `select oid::text, datallowconn from pg_database where datname = 'previous_feedc0de'`);
    expect(previous).toEqual({ name: 'previous_feedc0de', oid: found?.['oid'], keptUntil: expect.any(String) as string });
    expect(found?.['datallowconn']).toBe(false);
    const since = Date.parse(previous?.keptUntil ?? '') - DAY * 1000;
    expect(since).toBeGreaterThanOrEqual(before);
    expect(since).toBeLessThanOrEqual(after);
    expect(JSON.parse((await comment(rig(), 'previous_feedc0de')) ?? '')).toMatchObject({ marker: expect.stringContaining('postgres-operator') as string, restore: UID, database: 'shop', keptUntil: previous?.keptUntil });
  });

  it('is told again when the run is repeated', async () => {
    const first = await restored();
    const second = succeeded(await runToEnd(rig().pod, rig().request({ keepPreviousSeconds: DAY })));
    expect(second).toEqual({ ...first, finishedAt: second.finishedAt });
  });

  it('outlives later restores until its time is over, and then the next one takes it away', async () => {
    await restored();
    const later = rig().request({ object: { kind: 'Restore', namespace: 'shop', name: 'later', uid: LATER_UID } });
    succeeded(await runToEnd(rig().pod, later));
    expect(await databases(rig().server)).toEqual(['previous_feedc0de', 'shop']);
    await expire(rig());
    const last = { ...later, object: { ...later.object, uid: 'deadbee1-0000-4000-8000-000000000004' } };
    succeeded(await runToEnd(rig().pod, last));
    expect(await databases(rig().server)).toEqual(['shop']);
  });
});

describe('going back', () => {
  it('puts it into its place with every row, and keeps what was live', async () => {
    await restored();
    await asOwner(rig().server, 'shop', `insert into item values (9, 'since the restore')`);
    await rig().server.query('postgres', `comment on database shop is 'changed since'; alter database shop set work_mem to '9MB'; alter database shop connection limit 44`);
    const result = succeeded(await runToEnd(rig().pod, back()));
    expect(await rig().ids()).toEqual([1, 2, 3]);
    expect(await databases(rig().server)).toEqual(['previous_deadbee0', 'shop']);
    expect(result.previous?.name).toBe('previous_deadbee0');
    const [live] = await rig().server.query('shop', `select datallowconn, datconnlimit, current_setting('work_mem') as work_mem from pg_database where datname = 'shop'`);
    expect(live).toEqual({ datallowconn: true, datconnlimit: 44, work_mem: '9MB' });
    expect(await comment(rig(), 'shop')).toBe('changed since');
    expect((await runToEnd(rig().pod, back())).result).toMatchObject({ outcome: 'succeeded', outageMilliseconds: result.outageMilliseconds });
    expect(await rig().ids()).toEqual([1, 2, 3]);
  });

  it('leaves no setting of its own behind that the live database does not have', async () => {
    await rig().server.query('postgres', `alter database shop set statement_timeout to '7s'; revoke connect on database shop from public; alter role database_operator_backup in database shop set work_mem to '5MB'; grant connect on database shop to database_operator_backup`);
    await restored();
    await rig().server.query('postgres', `alter database shop reset statement_timeout; alter role database_operator_backup in database shop reset all; grant connect on database shop to public`);
    succeeded(await runToEnd(rig().pod, back()));
    const settings = await rig().server.query('postgres', `select setting from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase, unnest(setconfig) setting where datname = 'shop' and not starts_with(setting, 'database_operator.')`);
    expect(settings).toEqual([]);
    expect(await rig().server.query('postgres', `select has_database_privilege('pg_monitor', 'shop', 'connect') as everybody`)).toEqual([{ everybody: true }]);
  });

  it.each<[string, (rig: Rig) => Promise<unknown>, string]>([
    ['is not there', ({ server }) => server.query('postgres', 'drop database previous_feedc0de'), 'is not on the server any more'],
    ['is somebody else’s', ({ server }) => server.query('postgres', `comment on database previous_feedc0de is 'mine'`), 'its comment does not say so'],
  ])('is refused when the previous database %s', async (_what, spoil, words) => {
    await restored();
    await spoil(rig());
    const { result, exitCode } = await runToEnd(rig().pod, back());
    expect(result).toMatchObject({ reason: 'BackupMissing', message: expect.stringContaining(words) as string });
    expect(exitCode).toBe(20);
    expect(await rig().ids()).toEqual([1, 2]);
  });
});

it('a writer that never rests sees clean errors only, and every row that it was promised is there after going back', async () => {
  await backUpAndGoOn(rig());
  const stop = new AbortController();
  const writer = write(rig(), stop.signal);
  succeeded(await runToEnd(rig().pod, rig().request({ keepPreviousSeconds: DAY })));
  await until('the writer to go on', () => writer.promised.length > 0 && writer.back());
  stop.abort();
  await writer.done;
  const restoredIds = await rig().ids();
  succeeded(await runToEnd(rig().pod, back()));
  const oldIds = await rig().ids();
  expect(writer.promised.filter((id) => !oldIds.includes(id) && !restoredIds.includes(id))).toEqual([]);
  expect(writer.promised.filter((id) => oldIds.includes(id)).length).toBeGreaterThan(0);
  expect(writer.errors.filter((code) => !ERRORS_OF_A_SWAP.includes(code))).toEqual([]);
});

describe('dropping what was replaced', () => {
  const drop = async (previous: DropPreviousRequest['previous']): Promise<Awaited<ReturnType<typeof runToEnd>>['result']> => {
    const { object, server, operatorVersion } = rig().request();
    return (await runToEnd(rig().pod, { v: 1, command: 'dropPrevious', object, server, previous, operatorVersion })).result;
  };

  it('happens once', async () => {
    const { previous } = await restored();
    const { name = '', oid = '' } = previous ?? {};
    expect(await drop({ name, oid })).toMatchObject({ outcome: 'succeeded', found: 'dropped' });
    expect(await databases(rig().server)).toEqual(['shop']);
    expect(await drop({ name, oid })).toMatchObject({ outcome: 'succeeded', found: 'absent' });
  });

  it.each<[string, string]>([
    ['another OID', ''],
    ['another comment', `comment on database previous_feedc0de is 'mine'`],
    ['a name that is not its own', 'alter database previous_feedc0de rename to previous_00000001'],
  ])('leaves a database with %s alone', async (_what, spoil) => {
    const { previous } = await restored();
    if (spoil !== '') await rig().server.query('postgres', spoil);
    const [name = ''] = (await databases(rig().server)).filter((database) => database !== 'shop');
    expect(await drop({ name, oid: spoil === '' ? '1' : (previous?.oid ?? '') })).toMatchObject({ outcome: 'succeeded', found: 'different' });
    expect(await databases(rig().server)).toEqual([name, 'shop']);
  });

  it('never takes the only copy', async () => {
    const { previous } = await restored();
    await rig().server.query('postgres', 'drop database shop');
    expect(await drop({ name: previous?.name ?? '', oid: previous?.oid ?? '' })).toMatchObject({ reason: 'DatabaseMissing', message: expect.stringContaining('may be its only copy') as string });
    expect(await databases(rig().server)).toEqual(['previous_feedc0de']);
  });
});

interface Writer {
  /** Ids whose insert was acknowledged. */
  readonly promised: number[];
  readonly errors: string[];
  /** Whether the last insert, after an error, was acknowledged. */
  back(): boolean;
  readonly done: Promise<void>;
}

/** Inserts row after row, over a new connection whenever one breaks. */
function write({ server }: Rig, stop: AbortSignal): Writer {
  const promised: number[] = [];
  const errors: string[] = [];
  let isBack = false;
  const loop = async (): Promise<void> => {
    let client: Client | undefined;
    for (let id = 1000; !stop.aborted; id += 1) {
      try {
        client ??= await server.connect('shop', 'owner');
        await client.query('insert into item values ($1)', [id]);
        promised.push(id);
        isBack = errors.length > 0;
      } catch (error) {
        errors.push(codeOf(error) ?? 'broken');
        isBack = false;
        await client?.end().catch(() => undefined);
        client = undefined;
      }
    }
    await client?.end();
  };
  return { promised, errors, back: () => isBack, done: loop() };
}
