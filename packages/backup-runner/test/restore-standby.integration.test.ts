// Standbys follow a swap: a real primary with a real streaming standby.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { Client } from 'pg';
import { startStandby, type PostgresServer } from './postgres-server.ts';
import { backUpAndGoOn, succeeded, useRig } from './restore-rig.ts';
import { runToEnd } from './runner.ts';
import { until } from './stories.ts';

const rig = useRig();
let standby: PostgresServer;

beforeAll(async () => {
  standby = await startStandby(rig.server(), ['max_standby_streaming_delay=0']);
});
afterAll(() => standby.stop());

const there = async (sql: string): Promise<Record<string, unknown>[]> => standby.query('shop', sql);
const IDS = 'select array_agg(id order by id) as ids from public.item';

/** A reader on the standby, who was there before the restore. */
async function reader(): Promise<Client> {
  await until('the standby to have the third row', async () => {
    const rows = await there(IDS).catch(() => []);
    return JSON.stringify(rows[0]?.['ids']) === '[1,2,3]';
  });
  const client = await standby.connect('shop', 'owner');
  onTestFinished(() => client.end().catch(() => undefined));
  return client;
}

it.each([
  { what: 'that is kept', keepPreviousSeconds: 3600, code: '57P01' },
  { what: 'that is dropped', keepPreviousSeconds: 0, code: undefined },
])('when the restore is completed the standby has it, and nobody is on the database $what', async ({ keepPreviousSeconds }) => {
  await backUpAndGoOn(rig());
  const session = await reader();
  const request = rig().request({ keepPreviousSeconds, standbys: [{ host: '127.0.0.1', port: standby.port }] });
  const result = succeeded(await runToEnd(rig().pod, request));
  expect(result).not.toHaveProperty('standbysBehind');
  expect(await there(IDS)).toEqual([{ ids: [1, 2] }]);
  await expect(session.query(IDS)).rejects.toThrow();
});

it('without being told where the standby is, a session there would have stayed on the old database', async () => {
  await backUpAndGoOn(rig());
  const session = await reader();
  succeeded(await runToEnd(rig().pod, rig().request({ keepPreviousSeconds: 3600 })));
  expect((await session.query(IDS)).rows).toEqual([{ ids: [1, 2, 3] }]);
});

it('a standby that does not follow is counted, and holds nothing up for ever', async () => {
  await backUpAndGoOn(rig());
  await reader();
  await there('select pg_wal_replay_pause()');
  onTestFinished(async () => void (await there('select pg_wal_replay_resume()')));
  const impatient = { ...rig().pod, environment: { ...rig().pod.environment, standbyMilliseconds: 2000 } };
  const { result, log } = await runToEnd(impatient, rig().request({ keepPreviousSeconds: 3600 }));
  expect(result, log).toMatchObject({ outcome: 'succeeded', standbysBehind: 1 });
  expect(await rig().ids()).toEqual([1, 2]);
});

it('a standby that cannot be reached is counted, too', async () => {
  await backUpAndGoOn(rig());
  await reader();
  const { result } = await runToEnd(rig().pod, rig().request({ keepPreviousSeconds: 3600, standbys: [{ host: '127.0.0.1', port: 1 }] }));
  expect(result).toMatchObject({ outcome: 'succeeded', standbysBehind: 1 });
});

it('so is one that has lost its connection, of which the primary knows nothing', async () => {
  await backUpAndGoOn(rig());
  await reader();
  const { data, query } = rig.server();
  const hba = await readFile(join(data, 'pg_hba.conf'), 'utf8');
  const letStandbysIn = async (lines: string): Promise<void> => {
    await writeFile(join(data, 'pg_hba.conf'), lines);
    await query('postgres', 'select pg_reload_conf()');
  };
  onTestFinished(() => letStandbysIn(hba));
  await letStandbysIn(`host replication all all reject\n${hba}`);
  await until('the standby to be gone from the primary', async () => {
    await query('postgres', 'select pg_terminate_backend(pid) from pg_stat_replication');
    return (await query('postgres', 'select from pg_stat_replication')).length === 0;
  });
  const impatient = { ...rig().pod, environment: { ...rig().pod.environment, standbyMilliseconds: 2000 } };
  const { result, log } = await runToEnd(impatient, rig().request({ keepPreviousSeconds: 3600, standbys: [{ host: '127.0.0.1', port: standby.port }] }));
  expect(result, log).toMatchObject({ outcome: 'succeeded', standbysBehind: 1 });
});
