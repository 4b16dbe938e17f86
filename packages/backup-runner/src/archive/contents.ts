import type { Head } from './head.ts';
import { ArchiveError, type Input, type Reading } from './input.ts';

/** An entry of the table of contents that has a data block. */
export interface DataEntry {
  readonly id: number;
  readonly kind: 'table' | 'large objects' | 'other';
  readonly schema: string;
  readonly name: string;
  /** The statement that takes the rows of a table in. */
  readonly copy?: string;
}

const OFFSET_NO_DATA = 3;

/** Reads the table of contents; returns the entries that a data block must follow for, by their id. */
export function* readContents(input: Input, head: Head): Reading<Map<number, DataEntry>> {
  const count = yield* input.int();
  if (count < 0) throw new ArchiveError(`a table of contents of ${count} entries`);
  const entries = new Map<number, DataEntry>();
  for (let index = 0; index < count; index += 1) {
    const entry = yield* readEntry(input, head);
    if (entry === undefined) continue;
    if (entries.has(entry.id)) throw new ArchiveError(`two entries of the table of contents are number ${entry.id}`);
    entries.set(entry.id, entry);
  }
  return entries;
}

function* readEntry(input: Input, { version, offsetSize }: Head): Reading<DataEntry | undefined> {
  const id = yield* input.int();
  const hasData = (yield* input.int()) !== 0;
  // The oids of catalogue and object.
  yield* skipTexts(input, 2);
  const name = yield* nameOf(input, hasData);
  const kind = yield* nameOf(input, hasData);
  // The section.
  yield* input.int();
  // The statements that create and drop.
  yield* skipTexts(input, 2);
  const copy = yield* nameOf(input, hasData);
  const schema = yield* nameOf(input, hasData);
  // Tablespace and access method.
  yield* skipTexts(input, 2);
  if (version >= 116) yield* input.int();
  // Owner, and whether it has oids.
  yield* skipTexts(input, 2);
  while (yield* input.skipText()); // Dependencies, until a null.
  const flag = yield* input.byte();
  yield* input.skip(offsetSize);
  if (hasData !== (flag !== OFFSET_NO_DATA)) throw new ArchiveError(`entry ${id} of the table of contents contradicts itself`);
  return hasData ? { id, kind: kindOf(kind), schema, name, ...(copy !== '' && { copy }) } : undefined;
}

/** Only entries with data are named; the name of any other may be as long as a function's arguments. */
function* nameOf(input: Input, wanted: boolean): Reading<string> {
  if (wanted) return (yield* input.text()) ?? '';
  yield* input.skipText();
  return '';
}

function* skipTexts(input: Input, count: number): Reading<void> {
  for (let index = 0; index < count; index += 1) yield* input.skipText();
}

function kindOf(description: string): DataEntry['kind'] {
  if (description === 'TABLE DATA') return 'table';
  return description === 'BLOBS' ? 'large objects' : 'other';
}
