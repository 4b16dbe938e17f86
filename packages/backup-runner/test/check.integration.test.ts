// What a consistency check finds: a real primary with a real streaming standby, well and broken in every way.
import { once } from 'node:events';
import { utimes } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { CheckRequest, CheckSucceeded } from '@postgres-operator/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { MAKING } from '../src/check/primary.ts';
import { PASSWORDS, USERS, freePort, startPostgres, startStandby, type PostgresServer } from './postgres-server.ts';
import { makePod, runToEnd, startRunner, type Ended, type Pod } from './runner.ts';
import { createDatabase, quiet, until } from './stories.ts';

let primary: PostgresServer;
let standby: PostgresServer;
let pod: Pod;

beforeAll(async () => {
  primary = await startPostgres();
  standby = await startStandby(primary);
  await createDatabase(primary, 'shop');
});
afterAll(() => Promise.all([standby.stop(), primary.stop()]));
beforeEach(async () => {
  pod = await makePod();
  onTestFinished(() => pod.remove());
});

const at = (port: number, name = 'orders-1'): CheckRequest['standbys'][number] => ({ name, host: '127.0.0.1', port });
const request = (changes: Partial<CheckRequest> = {}): CheckRequest => ({
  v: 1,
  command: 'check',
  object: { kind: 'Database', namespace: 'shop', name: 'orders', uid: 'dddddddd-0000-4000-8000-000000000000' },
  server: { host: '127.0.0.1', port: primary.port, database: 'shop' },
  standbys: [at(standby.port)],
  patienceSeconds: 60,
  maxLagSeconds: 60,
  maxLagBytes: 1024 ** 2,
  operatorVersion: '0.3.0',
  ...changes,
});
/** Where something is waited for in vain. */
const SOON = { patienceSeconds: 1, maxLagSeconds: 1 } as const;
const check = (changes: Partial<CheckRequest> = {}): Promise<Ended> => runToEnd(pod, request(changes));

function found({ result, log }: Ended): CheckSucceeded {
  if (result.outcome !== 'succeeded' || result.command !== 'check') throw new Error(log);
  for (const password of Object.values(PASSWORDS)) expect(log).not.toContain(password);
  return result;
}
const reasons = (ended: Ended): string[] => found(ended).findings.map(({ reason }) => reason);

/** A standby that looks for its primary at another port. */
async function standbyThrough(port: number): Promise<PostgresServer> {
  const server = await startStandby(primary, [`primary_conninfo=host=127.0.0.1 port=${port} user=${USERS.superuser}`]);
  onTestFinished(() => server.stop());
  return server;
}

/** Leads from a port to the primary. */
async function open(port: number): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = createConnection({ host: '127.0.0.1', port: primary.port });
    for (const end of [socket, onward]) sockets.add(end.on('error', () => undefined));
    socket.pipe(onward).pipe(socket);
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
}

describe('servers that are well', () => {
  it('have no findings: a row arrives at the standby, and it is said how long that took', async () => {
    const begun = performance.now();
    const result = found(await check());
    expect(result.findings).toEqual([]);
    expect(result.standbys).toEqual([
      { name: 'orders-1', state: 'Streaming', systemIdentifierMatches: true, rowArrived: true, lagSeconds: expect.any(Number) as number, lagBytes: expect.any(Number) as number, observedAt: expect.stringMatching(/Z$/) as string },
    ]);
    expect(result.standbys[0]?.lagSeconds).toBeLessThan((performance.now() - begun) / 1000);
    expect(result).toMatchObject({ serverVersion: expect.stringMatching(/^15\./) as string, systemIdentifier: expect.stringMatching(/^\d{15,}$/) as string });
  });

  it('may be one server', async () => expect(found(await check({ standbys: [] }))).toMatchObject({ findings: [], standbys: [] }));

  it('keep one row of all checks, in no database of the user', async () => {
    await check();
    await check();
    expect(await primary.query('postgres', 'select count(*)::int from database_operator.consistency_check')).toEqual([{ count: 1 }]);
    expect(await primary.query('shop', `select from pg_namespace where nspname = 'database_operator'`)).toEqual([]);
  });

  it('may be checked for the first time by two at once', async () => {
    await primary.query('postgres', 'drop schema if exists database_operator cascade');
    const first = await primary.connect('postgres');
    await first.query(`begin; ${MAKING}; create schema database_operator`);
    const second = startRunner(pod, request());
    await until('the second to wait', async () => (await primary.query('postgres', `select from pg_stat_activity where application_name = 'postgres-operator' and wait_event_type = 'Lock'`)).length > 0);
    await first.query('commit');
    await first.end();
    expect(reasons(await second.ended)).toEqual([]);
  });

  it('need not have the database of the user: it may be on its way', async () => {
    expect(reasons(await check({ server: { host: '127.0.0.1', port: primary.port, database: 'elsewhere' } }))).toEqual([]);
  });

  it('may still be on their way: the check waits until they stream', async () => {
    const gate = await freePort();
    const late = await standbyThrough(gate);
    const runner = startRunner(pod, request({ standbys: [at(late.port)] }));
    await until('a look at it', async () => (await late.query('postgres', `select from pg_stat_activity where application_name = 'postgres-operator'`)).length > 0);
    await open(gate);
    expect(reasons(await runner.ended)).toEqual([]);
  });
});

describe('what restores left', () => {
  const TEMPORARY = 'postgres-operator: temporary database of a restore';
  const there = async (): Promise<string[]> => (await primary.query<{ name: string }>('postgres', `select datname as name from pg_database where datname ~ '^(restore|previous)_' order by 1`)).map(({ name }) => name);

  /** A database as restores make them, of an age in minutes. */
  async function leave(name: string, minutes: number, comment = TEMPORARY): Promise<void> {
    await primary.query('postgres', `create database ${name}`);
    await primary.query('postgres', `comment on database ${name} is '${comment}'`);
    onTestFinished(async () => void (await primary.query('postgres', `drop database if exists ${name} with (force)`)));
    const [{ oid = '' } = {}] = await primary.query<{ oid: string }>('postgres', `select oid::text from pg_database where datname = '${name}'`);
    const at = new Date(Date.now() - minutes * 60_000);
    await utimes(join(primary.data, 'base', oid, 'PG_VERSION'), at, at);
  }

  it('is dropped when it is an hour old, and was made by one', async () => {
    await leave('restore_00000001', 61);
    await leave('restore_00000002', 59);
    await leave('restore_00000003', 61, 'mine');
    await leave('restore_x', 61);
    await leave('previous_00000001', 61);
    expect(found(await check({ leftovers: 'drop' }))).toMatchObject({ findings: [], leftovers: { dropped: 1, left: 1 } });
    expect(await there()).toEqual(['previous_00000001', 'restore_00000002', 'restore_00000003', 'restore_x']);
  });

  it('stays while somebody is in it', async () => {
    await leave('restore_00000001', 61);
    const session = await primary.connect('restore_00000001');
    onTestFinished(() => session.end());
    expect(found(await check({ leftovers: 'drop' })).leftovers).toEqual({ dropped: 0, left: 1 });
    expect(await there()).toEqual(['restore_00000001']);
  });

  it('is only counted while a restore may be at work', async () => {
    await leave('restore_00000001', 61);
    expect(found(await check({ leftovers: 'count' })).leftovers).toEqual({ dropped: 0, left: 1 });
    expect(await there()).toEqual(['restore_00000001']);
  });

  it('is nothing to a controller that does not ask', async () => {
    await leave('restore_00000001', 61);
    expect(found(await check())).not.toHaveProperty('leftovers');
  });
});

describe('a primary', () => {
  it('that is read-only is not writable, whatever the operator itself might do', async () => {
    const session = await primary.connect('postgres');
    onTestFinished(async () => {
      await session.query('alter system reset default_transaction_read_only');
      await session.query('select pg_reload_conf()');
      await session.end();
    });
    await session.query('set default_transaction_read_only = off');
    await session.query('alter system set default_transaction_read_only = on');
    await session.query('select pg_reload_conf()');
    expect(found(await check()).findings).toEqual([{ reason: 'PrimaryNotWritable', message: expect.stringContaining('read-only transaction') as string }]);
  });

  it('that is a standby itself is none', async () => {
    const { findings } = found(await check({ server: { host: '127.0.0.1', port: standby.port, database: 'shop' }, standbys: [] }));
    expect(findings).toEqual([{ reason: 'PrimaryNotWritable', message: 'the primary is in recovery: it is a standby itself' }]);
  });

  it('that does not answer in time', async () => {
    const { findings, standbys } = found(await check({ ...SOON, server: { host: '127.0.0.1', port: await freePort(), database: 'shop' } }));
    expect(findings).toEqual([{ reason: 'PrimaryUnreachable', message: expect.stringMatching(/^the primary does not answer: 127\.0\.0\.1:\d+: .*ECONNREFUSED/) as string }]);
    expect(standbys).toEqual([]);
  });
});

describe('a standby', () => {
  it('whose replay stands still streams, but the row does not arrive', async () => {
    await standby.query('postgres', 'select pg_wal_replay_pause()');
    onTestFinished(async () => void (await standby.query('postgres', 'select pg_wal_replay_resume()')));
    const { findings, standbys } = found(await check(SOON));
    expect(findings).toEqual([{ reason: 'RowNotArrived', message: expect.stringMatching(/^a row that the primary took has not arrived at orders-1 within 1 s: \d+ bytes of WAL are not replayed$/) as string }]);
    expect(standbys).toMatchObject([{ state: 'Streaming', rowArrived: false }]);
    expect(standbys[0]?.lagBytes).toBeGreaterThan(0);
    expect(standbys[0]?.lagSeconds).toBeGreaterThanOrEqual(1);
  });

  it('that is cut off from its primary does not stream', async () => {
    const ended = await check({ ...SOON, standbys: [at((await standbyThrough(await freePort())).port)] });
    expect(reasons(ended)).toEqual(['StandbyNotStreaming']);
    expect(found(ended).standbys).toMatchObject([{ state: 'NotStreaming', systemIdentifierMatches: true, rowArrived: false }]);
  });

  it('that is a server of its own is none', async () => {
    const other = await startPostgres();
    onTestFinished(() => other.stop());
    const ended = await check({ standbys: [at(other.port, 'orders-2'), at(standby.port)] });
    expect(reasons(ended)).toEqual(['StandbyNotInRecovery']);
    expect(found(ended).standbys).toMatchObject([{ name: 'orders-2', state: 'NotInRecovery', systemIdentifierMatches: false }, { name: 'orders-1', rowArrived: true }]);
  });

  it('of another server is none of this one', async () => {
    const other = await startPostgres();
    onTestFinished(() => other.stop());
    const foreign = await startStandby(other);
    onTestFinished(() => foreign.stop());
    const ended = await check({ standbys: [at(foreign.port)] });
    expect(reasons(ended)).toEqual(['SystemIdentifierDiffers']);
    expect(found(ended).standbys).toMatchObject([{ state: 'Streaming', systemIdentifierMatches: false }]);
  });

  it('that does not answer holds nothing up for long, and the others are looked at', async () => {
    const { findings, standbys } = found(await check({ patienceSeconds: 1, standbys: [at(await freePort(), 'orders-2'), at(standby.port)] }));
    expect(findings).toMatchObject([{ reason: 'StandbyUnreachable', message: expect.stringMatching(/^orders-2 does not answer: /) as string }]);
    expect(standbys).toMatchObject([{ name: 'orders-2', state: 'Unreachable' }, { name: 'orders-1', state: 'Streaming', rowArrived: true }]);
  });
});

describe('health', () => {
  it('a database whose collation the image has changed', async () => {
    await primary.query('postgres', `update pg_database set datcollversion = '153.14' where datname = 'shop'`);
    onTestFinished(async () => void (await primary.query('postgres', `update pg_database set datcollversion = null where datname = 'shop'`)));
    expect(found(await check()).findings).toEqual([{ reason: 'CollationVersionMismatch', message: expect.stringContaining('made shop (153.14, now none): indexes') as string }]);
  });

  it('a collation that a column uses, and none that nothing does', async () => {
    await primary.query('shop', `create collation german (provider = icu, locale = 'de'); create collation unused (provider = icu, locale = 'fr'); update pg_collation set collversion = '1' where collname in ('german', 'unused')`);
    onTestFinished(async () => void (await primary.query('shop', 'drop collation german cascade; drop collation unused')));
    expect(reasons(await check())).toEqual([]);
    await primary.query('shop', 'create table town (name text collate german)');
    onTestFinished(async () => void (await primary.query('shop', 'drop table town')));
    expect(found(await check()).findings).toMatchObject([{ reason: 'CollationVersionMismatch', message: expect.stringContaining('made collation german in shop (1, now ') as string }]);
  });

  it.each([
    { what: 'enough', volumeBytes: 1024 ** 4, finds: [] },
    { what: 'little', volumeBytes: 1024 ** 2, finds: ['SpaceLow'] },
  ])('a volume with $what room', async ({ volumeBytes, finds }) => expect(reasons(await check({ volumeBytes }))).toEqual(finds));
});

it('a check that is told to stop says so, and leaves no session', async () => {
  await quiet(primary);
  const runner = startRunner(pod, request({ standbys: [at(await freePort())] }));
  const sessions = async (): Promise<number> => (await primary.query('postgres', `select from pg_stat_activity where application_name = 'postgres-operator'`)).length;
  await until('its session', async () => (await sessions()) > 0);
  runner.child.kill('SIGTERM');
  const { result, exitCode } = await runner.ended;
  expect({ result, exitCode }).toMatchObject({ result: { outcome: 'failed', reason: 'Cancelled', retryable: true }, exitCode: 143 });
  await until('its end on the server', async () => (await sessions()) === 0);
});

it('a wrong password is no finding about the servers: the check failed', async () => {
  const broken = { ...pod, environment: { ...pod.environment, credentialsFolder: pod.storage } };
  const { result } = await runToEnd(broken, request());
  expect(result).toMatchObject({ outcome: 'failed', reason: 'InvalidRequest' });
});
