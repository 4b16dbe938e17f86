import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LAYOUTS, rowsOf, writeArchive, type Entry } from '../../test/archive-writer.ts';
import { divideArchive } from '../archive/divide.ts';
import type { CopySession } from './copy-session.ts';
import { spreadRows, type Spread } from './spread-rows.ts';

const LAYOUT = LAYOUTS[0] ?? { version: 114, intSize: 4, offsetSize: 8 };
const SIZES = { piece: 64, helpFrom: 200 };
const table = (name: string, rows: readonly string[]): Entry => ({ description: 'TABLE DATA', schema: 'public', name, pieces: rowsOf(...rows) });
const lines = (count: number, width = 10): string[] => Array.from({ length: count }, (_, n) => String(n).padStart(width, '0'));

/** Takes one thing at a time, as what others read. */
const slowly = (take: (chunk: Buffer) => void): Writable =>
  new Writable({
    highWaterMark: 1,
    write: (chunk: Buffer, _encoding, done) => {
      take(chunk);
      setImmediate(done);
    },
  }).on('error', () => undefined);

/** Takes nothing. */
const stuck = (): Writable => new Writable({ highWaterMark: 1, write: () => undefined });

/** A session on paper. */
class Session implements CopySession {
  readonly rows: string[] = [];
  closed = false;
  readonly #failure: Error | undefined;

  constructor(failure?: Error) {
    this.#failure = failure;
  }

  begin(): Writable {
    const failure = this.#failure;
    const stream = slowly((chunk) => {
      if (failure === undefined) this.rows.push(...chunk.toString().split('\n').slice(0, -1));
      else stream.destroy(failure);
    });
    return stream;
  }

  complete(): Promise<void> {
    return this.#failure === undefined ? Promise.resolve() : Promise.reject(new Error(`the server says: ${this.#failure.message}`));
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

interface Ended {
  /** What pg_restore got. */
  readonly restored: Buffer;
  readonly sessions: readonly Session[];
  readonly front: Buffer;
  readonly error: unknown;
}

async function spread(archive: Buffer, changes: Partial<Spread> = {}): Promise<Ended> {
  const sessions: Session[] = [];
  const got: Buffer[] = [];
  let front = Buffer.alloc(0);
  const open = async (): Promise<Session> => {
    sessions.push(new Session());
    return sessions.at(-1) ?? new Session();
  };
  const restore = changes.restore ?? slowly((chunk) => void got.push(chunk));
  const chunks = Array.from({ length: Math.ceil(archive.length / 50) }, (_, n) => archive.subarray(n * 50, n * 50 + 50));
  const error = await spreadRows(chunksOf(chunks), {
    ...{ restore, sessions: 1, open, takes: () => true, sizes: SIZES, signal: new AbortController().signal },
    observer: { begins: () => undefined, ends: () => undefined, described: (bytes) => (front = Buffer.from(bytes)) },
    ...changes,
  }).then(() => undefined, (reason: unknown) => reason);
  if (error === undefined) await finished(restore);
  return { restored: Buffer.concat(got), sessions, front, error };
}

async function* chunksOf(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

/** The rows that pg_restore would load of an archive. */
function rowsIn(archive: Buffer): string[][] {
  const tables: string[] = [];
  const parts = { asIs: () => undefined, described: () => undefined, ends: () => undefined };
  const more = (bytes: Buffer): void => void (tables[tables.length - 1] += bytes.toString());
  divideArchive({ ...parts, begins: () => void tables.push(''), rows: more, lastRows: more }, 1_000_000).write(archive);
  return tables.map((text) => text.slice(0, text.lastIndexOf('\\.\n\n\n')).split('\n').slice(0, -1));
}

it('every row of a large table arrives once, at pg_restore or at a session that helps, and both get some', async () => {
  const { restored, sessions, error } = await spread(writeArchive([table('large', lines(500))], LAYOUT), { sessions: 2 });
  const shares = [rowsIn(restored)[0] ?? [], ...sessions.map(({ rows }) => rows)];
  expect([error, shares.flat().sort()]).toEqual([undefined, lines(500)]);
  expect(shares.map(({ length }) => length > 50)).toEqual([true, true, true]);
  expect(sessions.map(({ closed }) => closed)).toEqual([true, true]);
});

it('no row is split, whatever they are', async () => {
  const row = fc.string({ unit: fc.constantFrom('a', '\\', '\t', 'b'), maxLength: 90 });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 60 }), async (rows) => {
      const { restored, sessions, error } = await spread(writeArchive([table('t', rows)], LAYOUT));
      expect([error, [...(rowsIn(restored)[0] ?? []), ...sessions.flatMap((session) => session.rows)].sort()]).toEqual([undefined, rows.toSorted()]);
    }),
  );
});

it.each<[string, Entry[], Partial<Spread>]>([
  ['small', [table('t', lines(10))], {}],
  ['one that pg_restore does not take', [table('t', lines(500))], { takes: () => false }],
  ['one where nobody may help', [table('t', lines(500))], { sessions: 0 }],
  ['one of rows that are each longer than a piece', [table('t', lines(20, 200))], {}],
])('pg_restore alone gets a table that is %s', async (_what, entries, changes) => {
  const archive = writeArchive(entries, LAYOUT);
  const { restored, sessions } = await spread(archive, changes);
  expect([sessions.flatMap(({ rows }) => rows), rowsIn(restored)]).toEqual([[], rowsIn(archive)]);
});

it('pg_restore alone gets a table whose statement is not the one that pg_dump writes', async () => {
  const archive = writeArchive([table('t', lines(500))], LAYOUT);
  const other = Buffer.from(archive.toString('latin1').replaceAll('COPY x FROM stdin;\n', 'SELECT  1 AS  xyz;\n'), 'latin1');
  const { restored, sessions } = await spread(other);
  expect([sessions, rowsIn(restored)]).toEqual([[], rowsIn(archive)]);
});

it('sessions are kept for the next table, and what is no table goes to pg_restore as it is', async () => {
  const objects: Entry = { description: 'BLOBS', name: 'BLOBS', objects: [['a\n'.repeat(400)]] };
  const { restored, sessions } = await spread(writeArchive([table('a', lines(200)), objects, table('b', lines(200))], LAYOUT));
  expect(sessions).toHaveLength(1);
  expect(restored.includes('a\n'.repeat(400))).toBe(true);
});

it('the head and the table of contents are told as they are', async () => {
  const archive = writeArchive([table('a', lines(3))], LAYOUT);
  const { front } = await spread(archive);
  expect([archive.subarray(0, front.length).equals(front), front.includes('TABLE DATA'), front.includes(lines(1)[0] ?? '')]).toEqual([true, true, false]);
});

it('what a session says that fails is what is wrong, and pg_restore does not get the end', async () => {
  const failing = new Session(new Error('a row is not right'));
  const { restored, error } = await spread(writeArchive([table('large', lines(500))], LAYOUT), { open: async () => failing });
  expect(error).toEqual(new Error('the server says: a row is not right'));
  expect([restored.includes('\\.\n'), failing.closed]).toEqual([false, true]);
});

it('a pg_restore that has gone is not waited for', async () => {
  const restore: Writable = slowly(() => void restore.destroy());
  const { error } = await spread(writeArchive([table('large', lines(500))], LAYOUT), { restore });
  expect(error).toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
});

it('a stop request ends it where nobody takes anything', async () => {
  const stop = new AbortController();
  setImmediate(() => stop.abort());
  const { error } = await spread(writeArchive([table('large', lines(500))], LAYOUT), { signal: stop.signal, restore: stuck() });
  expect(error).toMatchObject({ name: 'AbortError' });
});
