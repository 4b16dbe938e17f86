// What a dump tells while it works, and when it stands still.
import { parseProgressLine, type DumpRequest, type RunProgress } from '@postgres-operator/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startFaultyProxy, type FaultyProxy } from '../../../e2e/faulty-proxy/proxy.ts';
import { BUCKET, KEYS, startObjectStore, type ObjectStore } from './object-store.ts';
import { startPostgres, type PostgresServer } from './postgres-server.ts';
import { dumpRequest, makePod, mountStore, runToEnd, startRunner, type Ended, type Pod } from './runner.ts';
import { addBigTable, addNoise, asOwner, copying, createDatabase, stored, until } from './stories.ts';

let server: PostgresServer;
let store: ObjectStore;
let proxy: FaultyProxy;
let pod: Pod;

beforeAll(async () => {
  [server, store] = await Promise.all([startPostgres(), startObjectStore()]);
  proxy = await startFaultyProxy({ store: `http://127.0.0.1:${store.port}` });
  await createDatabase(server, 'shop');
  await addBigTable(server, 'shop', 100);
  await addNoise(server, 'shop', 60_000);
  await addNoise(server, 'shop', 60_000, 'other_noise');
  await asOwner(
    server,
    'shop',
    `create table text as select n as id, 'row number ' || n as name, now() as at, n * 1.5 as price from generate_series(1, 400000) n;
     create table doc as select n as id, jsonb_build_object('a', n, 'b', array[n, n]) as doc from generate_series(1, 200000) n`,
  );
  await createDatabase(server, 'large');
  await addBigTable(server, 'large', 300);
  await createDatabase(server, 'noise');
  await addNoise(server, 'noise', 200_000);
});
afterAll(async () => {
  await proxy.stop();
  await Promise.all([server.stop(), store.stop()]);
});
beforeEach(async () => {
  proxy.obey();
  pod = await makePod();
  onTestFinished(() => pod.remove());
  await mountStore(pod, { ...KEYS, AWS_ENDPOINT_URL_S3: proxy.url });
});

const request = (database: string, changes: Partial<DumpRequest> = {}): DumpRequest => dumpRequest({ host: '127.0.0.1', port: server.port, database }, changes);
const bucket = (prefix: string): Pick<DumpRequest, 'destination'> => ({ destination: { type: 's3', location: `s3://${BUCKET}/${prefix}`, bucket: BUCKET, prefix } });
const progressOf = (log: string): RunProgress[] => log.split('\n').flatMap((line) => parseProgressLine(line) ?? []);
const messagesOf = (log: string): string[] => log.split('\n').flatMap((line) => /"msg":"([^"]*)"/.exec(line)?.[1] ?? []);

describe('a dump tells how far it is', () => {
  let log: string;
  let plainBytes: number;
  beforeAll(async () => {
    const kept = await makePod();
    const ended = await runToEnd(kept, request('shop'));
    await kept.remove();
    log = ended.log;
    plainBytes = ended.result.outcome === 'succeeded' && ended.result.command === 'dump' ? ended.result.plainBytes : 0;
  });

  it('in percent that only rise, up to the end and not beyond', () => {
    const percents = progressOf(log).map(({ percent }) => percent);
    expect(percents.length).toBeGreaterThan(4);
    expect(percents).toEqual(percents.toSorted((a, b) => a - b));
    expect(percents[0]).toBeLessThan(60);
    expect(percents.at(-1)).toBe(99);
    expect(percents.at(-2)).toBeLessThan(99);
  });

  it('in bytes, each line with more than the one before', () => {
    const bytes = progressOf(log).map((progress) => progress.bytes);
    expect(new Set(bytes).size).toBe(bytes.length);
    expect(bytes.at(-1)).toBe(plainBytes);
  });

  it('by the names of the tables', () => {
    const tables = new Set(progressOf(log).flatMap(({ table }) => table ?? []));
    expect([...tables].every((table) => /^public\.(item|big|noise|other_noise|text|doc)$/.test(table))).toBe(true);
    expect(tables.size).toBeGreaterThan(2);
  });

  it('before it says that it is done', () => expect(messagesOf(log).lastIndexOf('progress')).toBeLessThan(messagesOf(log).indexOf('dumped')));
});

describe('a dump tells more when it is asked to', () => {
  it('every table that has passed, and every part', async () => {
    const quiet = await runToEnd(pod, request('noise', bucket('quiet')));
    const loud = await runToEnd(pod, request('noise', { ...bucket('loud'), logLevel: 'debug' }));
    expect(messagesOf(quiet.log)).not.toContain('table passed');
    expect(messagesOf(loud.log).filter((message) => message === 'table passed')).toHaveLength(2);
    expect(messagesOf(loud.log).filter((message) => message === 'part sent').length).toBeGreaterThan(4);
  });
});

describe('a dump that stands still ends', () => {
  const SOON = { stallTimeoutSeconds: 1 } as const;
  const sessions = (): Promise<unknown[]> => server.query('postgres', `select 1 from pg_stat_activity where usename = 'database_operator_backup'`);

  async function expectStalled({ result, exitCode, log }: Ended, words: RegExp): Promise<void> {
    expect(result, log).toMatchObject({ reason: 'DumpStalled', retryable: true, message: expect.stringMatching(words) as string });
    expect(exitCode).toBe(10);
    expect(await stored(pod)).toEqual([]);
    expect(await store.openUploads()).toEqual([]);
    expect(await store.keys()).not.toContainEqual(expect.stringMatching(/^stalled/));
    await until('the end of its sessions', async () => (await sessions()).length === 0);
  }

  it('while it waits for a lock, and says who holds it', async () => {
    const session = await server.connect('shop');
    await session.query('begin; lock table item');
    const { rows } = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
    const ended = await runToEnd(pod, request('shop', { ...SOON, lockTimeoutMilliseconds: 0 }));
    await session.end();
    await expectStalled(ended, new RegExp(`^no byte came from 127.0.0.1:\\d+ for 1 s: its session \\d+ waits for Lock/relation, held by session ${rows[0]?.pid} in: LOCK TABLE `));
  });

  it('while the server stands still', async () => {
    const runner = startRunner(pod, request('large', SOON));
    const pid = await copying(server);
    process.kill(pid, 'SIGSTOP');
    const ended = await runner.ended;
    process.kill(pid, 'SIGCONT');
    await expectStalled(ended, new RegExp(`^no byte came from .*: its session ${pid} .* in: COPY public.big `));
  });

  it.each([
    ['accepts no more', 0],
    ['does not accept the last part', 4],
  ])('while the store %s, however much the server has to say', async (_what, skip) => {
    proxy.obey({ on: 'UploadPart', fault: 'never answer', skip });
    const begun = Date.now();
    await expectStalled(await runToEnd(pod, request('noise', { ...SOON, ...bucket('stalled') })), /^s3:\/\/backups\/stalled has not accepted a byte for 1 s$/);
    expect(Date.now() - begun).toBeLessThan(15_000);
  });

  it('and not while it only takes its time', async () => {
    proxy.obey({ on: 'UploadPart', fault: { delayMs: 1500 } });
    const { result, log } = await runToEnd(pod, request('noise', { stallTimeoutSeconds: 4, ...bucket('slow') }));
    expect(result, log).toMatchObject({ outcome: 'succeeded' });
  });
});
