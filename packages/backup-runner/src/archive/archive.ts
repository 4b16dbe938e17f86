// Reads an uncompressed archive of pg_dump's custom format while it passes, to its last row, in constant memory. Its table of
// contents says which data blocks must follow, and each block has an end: so the end of the file proves that nothing is missing.
import { described, readBlock, takeEntry, type TableRows } from './blocks.ts';
import { readContents, type DataEntry } from './contents.ts';
import { readHead } from './head.ts';
import { ArchiveError, Input, type Reading } from './input.ts';

export type { TableRows } from './blocks.ts';
export type { DataEntry } from './contents.ts';
export { ArchiveError } from './input.ts';

/** What was found in an archive that is complete. */
export interface ArchiveContents {
  /** Sorted by name. */
  readonly tables: readonly TableRows[];
  /** Of all tables together. */
  readonly rows: number;
}

/** Is told how far the reader is. */
export interface ArchiveObserver {
  /** The table of contents was read: data blocks for these will follow. */
  expects(entries: readonly DataEntry[]): void;
  begins(entry: DataEntry): void;
  ends(entry: DataEntry): void;
}

/** A reader that chunks are pushed into. */
export interface ArchiveReader {
  /** @throws ArchiveError as soon as the bytes cannot be an archive. */
  write(chunk: Buffer): void;
  /** @throws ArchiveError unless the archive was complete. */
  end(): ArchiveContents;
}

/** What the reader waits for at the end of the bytes so far. */
interface Progress {
  missing: Map<number, DataEntry> | undefined;
  betweenBlocks: boolean;
  readonly tables: TableRows[];
}

const NOBODY: ArchiveObserver = { expects: () => undefined, begins: () => undefined, ends: () => undefined };

/** Makes a reader for one archive. */
export function readArchive(observer: ArchiveObserver = NOBODY): ArchiveReader {
  const input = new Input();
  const progress: Progress = { missing: undefined, betweenBlocks: false, tables: [] };
  const reading = read(input, progress, observer);
  return {
    write: (chunk) => {
      input.push(chunk);
      reading.next();
    },
    end: () => finish(progress),
  };
}

function* read(input: Input, progress: Progress, observer: ArchiveObserver): Reading<void> {
  const head = yield* readHead(input);
  const missing = yield* readContents(input, head);
  progress.missing = missing;
  observer.expects([...missing.values()]);
  for (;;) {
    progress.betweenBlocks = true;
    while (input.available === 0) yield;
    progress.betweenBlocks = false;
    const entry = yield* takeEntry(input, missing);
    observer.begins(entry);
    const table = yield* readBlock(input, entry);
    if (table !== undefined) progress.tables.push(table);
    observer.ends(entry);
  }
}

function finish({ missing, betweenBlocks, tables }: Progress): ArchiveContents {
  if (missing === undefined) throw new ArchiveError('it ends within its table of contents');
  if (!betweenBlocks) throw new ArchiveError('it ends within a data block');
  const [first] = missing.values();
  if (first !== undefined) throw new ArchiveError(`${missing.size} data blocks are missing, the first of ${described(first)}`);
  const sorted = tables.toSorted((a, b) => compare(a.schema, b.schema) || compare(a.table, b.table));
  return { tables: sorted, rows: sorted.reduce((sum, { rows }) => sum + rows, 0) };
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
