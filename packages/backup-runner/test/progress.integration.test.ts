// What a dump tells while it works, and when it stands still.
import { parseProgressLine, type DumpRequest, type RunProgress } from '@postgres-operator/api';
import { beforeAll, describe, expect, it } from 'vitest';
import { bucketStories } from './bucket-stories.ts';
import { dumpRequest, makePod, runToEnd, startRunner, type Ended } from './runner.ts';
import { addBigTable, addNoise, asOwner, copying, createDatabase, stored, until } from './stories.ts';

const bucket = bucketStories(async (server) => {
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

const toClaim = (database: string, changes: Partial<DumpRequest> = {}): DumpRequest => dumpRequest(bucket.at(database), changes);
const progressOf = (log: string): RunProgress[] => log.split('\n').flatMap((line) => parseProgressLine(line) ?? []);
const messagesOf = (log: string): string[] => log.split('\n').flatMap((line) => /"msg":"([^"]*)"/.exec(line)?.[1] ?? []);

describe('a dump tells how far it is', () => {
  let log: string;
  let plainBytes: number;
  beforeAll(async () => {
    const kept = await makePod();
    const ended = await runToEnd(kept, toClaim('shop'));
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

describe('a dump tells of every table that has passed, and of every part', () => {
  it.each([
    ['when it is asked to', 'debug', true],
    ['else not', 'info', false],
  ])('%s', async (_when, logLevel, told) => {
    const { log } = await runToEnd(bucket.pod, bucket.requestOf('noise', { logLevel }));
    const count = (wanted: string): number => messagesOf(log).filter((message) => message === wanted).length;
    expect(count('table passed')).toBe(told ? 2 : 0);
    expect(count('part sent') > 4).toBe(told);
  });
});

describe('a dump that stands still ends', () => {
  // As long as pg_dump may take, on a busy machine, until it asks for what it has to wait for.
  const SECONDS = 4;
  const SOON = { stallTimeoutSeconds: SECONDS } as const;
  const sessions = (): Promise<unknown[]> => bucket.server.query('postgres', `select 1 from pg_stat_activity where usename = 'database_operator_backup'`);

  async function expectStalled({ result, exitCode, log }: Ended, words: RegExp): Promise<void> {
    expect(result, log).toMatchObject({ reason: 'DumpStalled', retryable: true, message: expect.stringMatching(words) as string });
    expect(exitCode).toBe(10);
    expect(await stored(bucket.pod)).toEqual([]);
    await bucket.expectNothing();
    await until('the end of its sessions', async () => (await sessions()).length === 0);
  }

  it('while it waits for a lock, and says who holds it', async () => {
    const session = await bucket.server.connect('shop');
    await session.query('begin; lock table item');
    const { rows } = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
    const ended = await runToEnd(bucket.pod, toClaim('shop', { ...SOON, lockTimeoutMilliseconds: 0 }));
    await session.end();
    await expectStalled(ended, new RegExp(`^no byte came from 127.0.0.1:\\d+ for ${SECONDS} s: its session \\d+ waits for Lock/relation, held by session ${rows[0]?.pid} in: LOCK TABLE `));
  });

  it('while the server stands still', async () => {
    const runner = startRunner(bucket.pod, toClaim('large', SOON));
    const pid = await copying(bucket.server);
    process.kill(pid, 'SIGSTOP');
    const ended = await runner.ended;
    process.kill(pid, 'SIGCONT');
    await expectStalled(ended, new RegExp(`^no byte came from .*: its session ${pid} .* in: COPY public.big `));
  });

  it.each([
    ['accepts no more', 0],
    ['does not accept the last part', 4],
  ])('while the store %s, however much the server has to say', async (_what, skip) => {
    bucket.proxy.obey({ on: 'UploadPart', fault: 'never answer', skip });
    const begun = Date.now();
    await expectStalled(await runToEnd(bucket.pod, bucket.requestOf('noise', SOON)), new RegExp(`^${bucket.place().location} has not accepted a byte for ${SECONDS} s$`));
    expect(Date.now() - begun).toBeLessThan(60_000);
  });

  it('and not while it only takes its time', async () => {
    bucket.proxy.obey({ on: 'UploadPart', fault: { delayMs: 1500 } });
    const { result, log } = await runToEnd(bucket.pod, bucket.requestOf('noise', SOON));
    expect(result, log).toMatchObject({ outcome: 'succeeded' });
  });
});
