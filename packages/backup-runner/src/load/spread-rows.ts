// One session of a server takes the rows of a table in with one processor, and for that a restore waits most of its time. pg_restore has one,
// so of a large table it gets some of the rows only, and further sessions get the others; all else is pg_restore's. No row is split, and a table
// does not end for pg_restore before every other session has said that its rows are there: what comes after rows finds all of them.
import type { Writable } from 'node:stream';
import type { DataEntry } from '../archive/contents.ts';
import { divideArchive, type Division, type Parts } from '../archive/divide.ts';
import type { CopySession } from './copy-session.ts';
import { withRoom } from './outlet.ts';

/** What an archive is spread over. */
export interface Spread {
  /** pg_restore's input. */
  readonly restore: Writable;
  /** How many further sessions there may be. */
  readonly sessions: number;
  readonly open: () => Promise<CopySession>;
  /** Whether pg_restore takes rows of this table now. Before that there may be no such table, and some are not to be loaded. */
  readonly takes: (table: DataEntry) => boolean;
  readonly observer: SpreadObserver;
  readonly sizes: SpreadSizes;
  readonly signal: AbortSignal;
}

/** Is told how far the archive is. */
export interface SpreadObserver extends Pick<Parts, 'begins' | 'ends'> {
  /** The head of the archive and its table of contents. */
  readonly described: (front: Buffer) => void;
}

/** In bytes. */
export interface SpreadSizes {
  /** Of a block for pg_restore, and a message for the server. */
  readonly piece: number;
  /** Of a table, from which on others help. */
  readonly helpFrom: number;
}

// Pieces are large since each costs a few calls, and small beside a table that is worth helping with. 8 MiB are loaded in a tenth of a second.
export const SIZES: SpreadSizes = { piece: 256 * 1024, helpFrom: 8 * 1024 * 1024 };

/** The end of a pipeline: takes an archive, and ends pg_restore's input. */
export async function spreadRows(archive: AsyncIterable<Buffer>, spread: Spread): Promise<void> {
  const spreading = new Spreading(spread);
  // It may go at any time, and not only while it is waited for; then it is seen to be destroyed.
  spread.restore.on('error', () => undefined);
  try {
    for await (const chunk of archive) await spreading.take(chunk);
    spread.restore.end();
  } finally {
    await spreading.close();
  }
}

/** Whether its rows come by the statement that pg_dump writes. Any other is for pg_restore to try: a session would wait for the server to ask for rows. */
const isCopied = (table: DataEntry | undefined): table is DataEntry & { readonly copy: string } => /^COPY [^;]* FROM stdin;\n$/.test(table?.copy ?? '');

/** A session that helps with the table that passes. */
interface Helper {
  readonly session: CopySession;
  readonly stream: Writable;
}

class Spreading {
  readonly #spread: Spread;
  readonly #division: Division;
  readonly #sessions: CopySession[] = [];
  /** What is to be done with the parts of the last chunk. */
  #work: (() => Promise<void>)[] = [];
  /** What has come of the head and the table of contents, until they are whole. */
  #front: Buffer[] | undefined = [];
  #table: DataEntry | undefined;
  #tableBytes = 0;
  /** A row goes on in the next piece: pg_restore has its beginning. */
  #withinRow = false;
  #helpers: Helper[] = [];

  constructor(spread: Spread) {
    this.#spread = spread;
    const later = (work: () => Promise<void>): void => void this.#work.push(work);
    const parts: Parts = {
      asIs: (bytes) => later(() => this.#asIs(bytes)),
      described: () => later(async () => this.#describe()),
      begins: (entry) => later(async () => this.#begin(entry)),
      rows: (bytes, whole) => later(() => this.#rows(bytes, whole)),
      lastRows: (bytes) => later(() => this.#lastRows(bytes)),
      ends: (entry) => later(async () => spread.observer.ends(entry)),
    };
    this.#division = divideArchive(parts, spread.sizes.piece);
  }

  async take(chunk: Buffer): Promise<void> {
    this.#division.write(chunk);
    for (const work of this.#work) await work();
    this.#work = [];
  }

  async close(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.close()));
  }

  async #asIs(bytes: Buffer): Promise<void> {
    this.#front?.push(bytes);
    await this.#toRestore(bytes);
  }

  #describe(): void {
    this.#spread.observer.described(Buffer.concat(this.#front ?? []));
    this.#front = undefined;
  }

  #begin(entry: DataEntry): void {
    this.#spread.observer.begins(entry);
    this.#table = entry;
    this.#tableBytes = 0;
    this.#withinRow = false;
    this.#helpers = [];
  }

  async #rows(bytes: Buffer, whole: boolean): Promise<void> {
    this.#tableBytes += bytes.length;
    const split = this.#withinRow || !whole;
    this.#withinRow = !whole;
    if (split) return this.#toRestore(this.#division.frame(bytes.length), bytes);
    await this.#getHelp();
    const { restore, signal } = this.#spread;
    const free = await this.#orWhy(withRoom([restore, ...this.#helpers.map(({ stream }) => stream)], signal));
    if (free === restore) restore.write(this.#division.frame(bytes.length));
    free.write(bytes);
  }

  /** Lets one more session help, if the table is worth it. */
  async #getHelp(): Promise<void> {
    const { sessions, open, takes, sizes } = this.#spread;
    const table = this.#table;
    if (this.#helpers.length === sessions || this.#tableBytes < sizes.helpFrom || !isCopied(table) || !takes(table)) return;
    const session = this.#sessions[this.#helpers.length] ?? (await open());
    this.#sessions[this.#helpers.length] = session;
    this.#helpers.push({ session, stream: session.begin(table.copy) });
  }

  async #lastRows(bytes: Buffer): Promise<void> {
    for (const { stream } of this.#helpers) stream.end();
    await Promise.all(this.#helpers.map(({ session }) => session.complete()));
    await this.#toRestore(...(bytes.length === 0 ? [] : [this.#division.frame(bytes.length), bytes]), this.#division.frame(0));
  }

  async #toRestore(...pieces: readonly Buffer[]): Promise<void> {
    const { restore, signal } = this.#spread;
    await withRoom([restore], signal);
    for (const piece of pieces) restore.write(piece);
  }

  /** The server's words, where a session that helps has ended. */
  async #orWhy<T>(waiting: Promise<T>): Promise<T> {
    try {
      return await waiting;
    } catch (error) {
      for (const { session, stream } of this.#helpers) if (stream.destroyed) await session.complete();
      throw error;
    }
  }
}
