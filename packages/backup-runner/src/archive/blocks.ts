import type { DataEntry } from './contents.ts';
import { ArchiveError, type Input, type Reading } from './input.ts';
import { RowCounter } from './row-counter.ts';

/** A table of an archive, and how many rows of it the archive holds. */
export interface TableRows {
  readonly schema: string;
  readonly table: string;
  readonly rows: number;
}

const DATA = 1;
const LARGE_OBJECTS = 3;

/** Reads which entry a data block is for, and takes that off the list. */
export function* takeEntry(input: Input, missing: Map<number, DataEntry>): Reading<DataEntry> {
  const type = yield* input.byte();
  const id = yield* input.int();
  const entry = missing.get(id);
  if (entry === undefined) throw new ArchiveError(`a data block is for entry ${id}, which has none or had it already`);
  if (type !== (entry.kind === 'large objects' ? LARGE_OBJECTS : DATA)) throw new ArchiveError(`the data block of ${described(entry)} is of type ${type}`);
  missing.delete(id);
  return entry;
}

/** Reads the content of a data block. */
export function* readBlock(input: Input, entry: DataEntry): Reading<TableRows | undefined> {
  if (entry.kind === 'table') return yield* readTable(input, entry);
  if (entry.kind === 'other') yield* readPieces(input, undefined);
  else while ((yield* input.int()) !== 0) yield* readPieces(input, undefined);
  return undefined;
}

/** How an entry is called in messages. */
export const described = ({ kind, schema, name }: DataEntry): string => (kind === 'table' ? `table ${schema}.${name}` : kind === 'other' ? name : 'the large objects');

function* readTable(input: Input, entry: DataEntry): Reading<TableRows> {
  const counter = new RowCounter();
  yield* readPieces(input, counter);
  if (!counter.ended || counter.broken) throw new ArchiveError(`the rows of ${described(entry)} do not end as they should`);
  return { schema: entry.schema, table: entry.name, rows: counter.rows };
}

/** Reads pieces, each after its length, until one of length 0. A row is a piece: what is done for each is kept short. */
function* readPieces(input: Input, counter: RowCounter | undefined): Reading<void> {
  for (;;) {
    while (!input.hasInt()) yield;
    let left = input.takeInt();
    if (left === 0) return;
    if (left < 0) throw new ArchiveError(`a piece of ${left} bytes`);
    while (left > 0) {
      if (input.at === input.buffer.length) yield;
      const end = Math.min(input.at + left, input.buffer.length);
      counter?.scan(input.buffer, input.at, end);
      left -= end - input.at;
      input.at = end;
    }
  }
}
