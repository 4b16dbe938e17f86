// Takes an archive apart while it passes: the rows of tables, without the frames that pg_dump puts each of them into, and everything else
// as it is. In constant memory.
import { readBlock, takeEntry } from './blocks.ts';
import { readContents, type DataEntry } from './contents.ts';
import { readHead } from './head.ts';
import { ArchiveError, Input, type Reading } from './input.ts';
import { Verbatim } from './verbatim.ts';

/** Is given the parts of an archive, in order. */
export interface Parts {
  /** Bytes of the archive as they are. */
  readonly asIs: (bytes: Buffer) => void;
  /** The head and the table of contents have been given. */
  readonly described: () => void;
  /** The block of an entry begins. Its number has been given as it is; of a table, the rows follow. */
  readonly begins: (entry: DataEntry) => void;
  /** Rows in COPY's text format; `whole` is false where the last of them goes on in the next piece. */
  readonly rows: (bytes: Buffer, whole: boolean) => void;
  /** The last rows of a table and the line that ends them. */
  readonly lastRows: (bytes: Buffer) => void;
  readonly ends: (entry: DataEntry) => void;
}

/** An archive that is being divided. */
export interface Division {
  /** Takes the next chunk. @throws ArchiveError as soon as the bytes cannot be an archive. */
  readonly write: (chunk: Buffer) => void;
  /** What this archive has before so many bytes of a block; before none, its end. */
  readonly frame: (length: number) => Buffer;
}

const NEWLINE = 0x0a;
// `\.` and three line ends, which pg_dump writes after the last row.
const END_BYTES = 5;

/** Divides one archive, its rows into pieces of at most so many bytes. */
export function divideArchive(parts: Parts, pieceBytes: number): Division {
  const input = new Input();
  const verbatim = new Verbatim(input, parts.asIs);
  const dividing = divide({ input, verbatim, parts, pieceBytes });
  return {
    write: (chunk) => {
      verbatim.around(() => input.push(chunk));
      dividing.next();
      verbatim.give();
    },
    frame: (length) => frame(input.intSize, length),
  };
}

interface Dividing {
  readonly input: Input;
  readonly verbatim: Verbatim;
  readonly parts: Parts;
  readonly pieceBytes: number;
}

function* divide(dividing: Dividing): Reading<void> {
  const { input, verbatim, parts } = dividing;
  const entries = yield* readContents(input, yield* readHead(input));
  verbatim.give();
  parts.described();
  for (;;) {
    while (input.available === 0) yield;
    const entry = yield* takeEntry(input, entries);
    verbatim.give();
    parts.begins(entry);
    if (entry.kind === 'table') {
      verbatim.stop();
      yield* divideRows(dividing);
      verbatim.start();
    } else {
      yield* readBlock(input, entry);
      verbatim.give();
    }
    parts.ends(entry);
  }
}

/** A row is a frame: what is done for each is kept short. */
function* divideRows({ input, parts, pieceBytes }: Dividing): Reading<void> {
  let piece = Buffer.allocUnsafeSlow(pieceBytes);
  let filled = 0;
  for (;;) {
    while (!input.hasInt()) yield;
    let left = input.takeInt();
    if (left === 0) break;
    if (left < 0) throw new ArchiveError(`a piece of ${left} bytes`);
    while (left > 0) {
      if (input.at === input.buffer.length) yield;
      const bytes = Math.min(left, input.available, pieceBytes - filled);
      input.buffer.copy(piece, filled, input.at, input.at + bytes);
      input.at += bytes;
      filled += bytes;
      left -= bytes;
      if (filled === pieceBytes) ({ piece, filled } = give(piece, parts));
    }
  }
  parts.lastRows(piece.subarray(0, filled));
}

/** Gives what a full piece has of whole rows. Returns the next piece, which begins with the rest: the end of a table is never given as rows. */
function give(full: Buffer, parts: Parts): { piece: Buffer<ArrayBuffer>; filled: number } {
  const most = full.length - END_BYTES;
  const afterLine = full.lastIndexOf(NEWLINE, most - 1) + 1;
  const given = afterLine === 0 ? most : afterLine;
  const piece = Buffer.allocUnsafeSlow(full.length);
  const filled = full.copy(piece, 0, given);
  parts.rows(full.subarray(0, given), afterLine !== 0);
  return { piece, filled };
}

/** As pg_dump writes a length: its sign, then its bytes, the lowest first. */
function frame(intSize: number, length: number): Buffer {
  const bytes = Buffer.alloc(intSize + 1);
  bytes.writeUIntLE(length, 1, intSize);
  return bytes;
}
