// Writes archives as pg_dump does, of any version of the format. For tests only.

/** An entry of the table of contents. `data` are the pieces of its block, or for BLOBS one list of pieces a large object. */
export interface Entry {
  readonly description: string;
  readonly schema?: string;
  readonly name: string;
  readonly definition?: string;
  readonly pieces?: readonly string[];
  readonly objects?: readonly (readonly string[])[];
}

/** How the archive is written. */
export interface Layout {
  readonly version: 114 | 115 | 116;
  readonly intSize: number;
  readonly offsetSize: number;
}

export const LAYOUTS: readonly Layout[] = [
  { version: 114, intSize: 4, offsetSize: 8 },
  { version: 115, intSize: 4, offsetSize: 8 },
  { version: 116, intSize: 4, offsetSize: 8 },
  { version: 114, intSize: 2, offsetSize: 4 },
];

/** The pieces of a table's block as pg_dump writes them: one a row, and the end of COPY. */
export const rowsOf = (...rows: readonly string[]): string[] => [...rows.map((row) => `${row}\n`), '\\.\n\n\n'];

/** The bytes of an archive. `order` says in which order the data blocks follow; by default that of the entries. */
export function writeArchive(entries: readonly Entry[], { version, intSize, offsetSize }: Layout, order = entries.map((_, index) => index)): Buffer {
  const int = (value: number): Buffer => {
    const bytes = Buffer.alloc(intSize + 1, value < 0 ? 1 : 0);
    bytes.writeUIntLE(Math.abs(value), 1, intSize);
    return bytes;
  };
  const text = (value: string | undefined): Buffer => (value === undefined ? int(-1) : Buffer.concat([int(Buffer.byteLength(value)), Buffer.from(value)]));
  const pieces = (list: readonly string[]): Buffer => Buffer.concat([...list.map(text), int(0)]);
  const hasData = (entry: Entry): boolean => entry.pieces !== undefined || entry.objects !== undefined;
  const head: Buffer[] = [Buffer.from('PGDMP'), Buffer.from([1, version - 100, 0, intSize, offsetSize, 1])];
  head.push(version >= 115 ? Buffer.from([0]) : int(0), ...[1, 2, 3, 4, 5, 126, 0].map(int), text('shop'), text('15.18'), text('15.18'));
  const contents = entries.flatMap((entry, index) => [
    int(index + 1),
    int(hasData(entry) ? 1 : 0),
    ...['1259', '16384', entry.name, entry.description].map(text),
    int(2),
    ...[entry.definition ?? '', '', 'COPY x FROM stdin;\n', entry.schema, '', undefined].map(text),
    ...(version >= 116 ? [int(0)] : []),
    ...['owner', 'false', '17', '4', undefined].map(text),
    Buffer.from([hasData(entry) ? 1 : 3]),
    Buffer.alloc(offsetSize),
  ]);
  const blocks = order.flatMap((index) => {
    const { pieces: rows, objects } = entries[index] ?? {};
    if (rows !== undefined) return [Buffer.from([1]), int(index + 1), pieces(rows)];
    if (objects === undefined) return [];
    return [Buffer.from([3]), int(index + 1), ...objects.flatMap((object, number) => [int(number + 4_000_000_000 % 2 ** (8 * intSize - 1)), pieces(object)]), int(0)];
  });
  return Buffer.concat([...head, int(entries.length), ...contents, ...blocks]);
}
