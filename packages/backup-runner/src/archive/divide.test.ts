import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LAYOUTS, rowsOf, writeArchive, type Entry } from '../../test/archive-writer.ts';
import { divideArchive } from './divide.ts';

const LAYOUT = LAYOUTS[0] ?? { version: 114, intSize: 4, offsetSize: 8 };
const table = (name: string, rows: readonly string[]): Entry => ({ description: 'TABLE DATA', schema: 'public', name, pieces: rowsOf(...rows) });
const archiveOf = (tables: readonly (readonly string[])[], layout = LAYOUT): Buffer =>
  writeArchive([{ description: 'TABLE', name: 't' }, { description: 'BLOBS', name: 'BLOBS', objects: [['a\n\\.\n', 'b'], []] }, ...tables.map((rows, n) => table(`t${n}`, rows))], layout);

interface Seen {
  front: string;
  /** All as it came, with the rows framed anew. */
  readonly all: Buffer[];
  readonly tables: { name: string; pieces: { text: string; whole: boolean }[]; last: string }[];
}

function divide(archive: Buffer, chunk: number, pieceBytes: number): Seen {
  const seen: Seen = { front: '', all: [], tables: [] };
  const framed = (bytes: Buffer): void => void seen.all.push(division.frame(bytes.length), Buffer.from(bytes));
  const division = divideArchive(
    {
      asIs: (bytes) => void seen.all.push(Buffer.from(bytes)),
      described: () => (seen.front = Buffer.concat(seen.all).toString('latin1')),
      begins: ({ kind, name }) => void (kind === 'table' && seen.tables.push({ name, pieces: [], last: '' })),
      rows: (bytes, whole) => {
        seen.tables.at(-1)?.pieces.push({ text: bytes.toString(), whole });
        framed(bytes);
      },
      lastRows: (bytes) => {
        Object.assign(seen.tables.at(-1) ?? {}, { last: bytes.toString() });
        framed(bytes);
        seen.all.push(division.frame(0));
      },
      ends: () => undefined,
    },
    pieceBytes,
  );
  for (let at = 0; at < archive.length; at += chunk) division.write(archive.subarray(at, at + chunk));
  return seen;
}

const row = fc.string({ unit: fc.constantFrom('a', '\\', '.', '\t'), maxLength: 30 }).filter((text) => text !== '\\.');
const tables = fc.array(fc.array(row, { maxLength: 20 }), { maxLength: 3 });

describe('an archive that is divided', () => {
  it('is the same put together again, but for how its rows are framed', () => {
    fc.assert(
      fc.property(tables, fc.integer({ min: 1, max: 200 }), fc.integer({ min: 8, max: 100 }), fc.constantFrom(...LAYOUTS), (rows, chunk, piece, layout) => {
        // As large as any: rows are in one frame then, and in each of the two they are framed alike.
        const together = (archive: Buffer): string => Buffer.concat(divide(archive, 1000, 20_000).all).toString('latin1');
        const archive = archiveOf(rows, layout);
        expect(together(Buffer.concat(divide(archive, chunk, piece).all))).toBe(together(archive));
      }),
    );
  });

  it('has its rows in pieces that are whole lines or say that they are not, and the end of a table apart from them', () => {
    fc.assert(
      fc.property(tables, fc.integer({ min: 1, max: 200 }), fc.integer({ min: 8, max: 100 }), (rows, chunk, pieceBytes) => {
        const seen = divide(archiveOf(rows), chunk, pieceBytes).tables;
        expect(seen.map(({ pieces, last }) => pieces.map(({ text }) => text).join('') + last)).toEqual(rows.map((lines) => rowsOf(...lines).join('')));
        for (const { pieces, last } of seen) {
          expect(last.endsWith('\\.\n\n\n')).toBe(true);
          for (const { text, whole } of pieces) expect([text.length <= pieceBytes, text.endsWith('\n')]).toEqual([true, whole]);
        }
      }),
    );
  });

  it('gives its head and table of contents first, whatever chunks it comes in', () => {
    const archive = archiveOf([['one', 'two']]);
    const { front } = divide(archive, archive.length, 64);
    for (const chunk of [1, 7, 50]) expect(divide(archive, chunk, 64).front).toBe(front);
    expect(archive.toString('latin1').startsWith(front)).toBe(true);
    expect(front.endsWith('\0'.repeat(LAYOUT.offsetSize))).toBe(true);
  });

  it('is refused where it cannot be one', () => expect(() => divide(Buffer.from('-- PostgreSQL database dump'), 5, 64)).toThrow('does not begin like an archive'));
});
