import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LAYOUTS, rowsOf, writeArchive, type Entry } from '../../test/archive-writer.ts';
import { ArchiveError, readArchive, type ArchiveContents } from './archive.ts';

const LAYOUT = LAYOUTS[0] ?? { version: 114, intSize: 4, offsetSize: 8 };

function read(bytes: Buffer, sizes: readonly number[] = []): ArchiveContents {
  const reader = readArchive();
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    reader.write(bytes.subarray(at, at + size));
    at += size;
  }
  return reader.end();
}

const table = (name: string, pieces: readonly string[]): Entry => ({ description: 'TABLE DATA', schema: 'public', name, pieces });
const SHOP: readonly Entry[] = [
  { description: 'FUNCTION', schema: 'public', name: 'f(int, int)', definition: 'x'.repeat(300_000) },
  table('item', rowsOf('1\tone', '2\t\\N', '\\\\.', '\\.x', '.', '')),
  table('empty', rowsOf()),
  { description: 'BLOBS', name: 'BLOBS', objects: [['a\n\\.\n', 'b'], [], ['\n']] },
  { description: 'SEQUENCE SET', schema: 'public', name: 's' },
  { ...table('zäh"l', rowsOf('x')), schema: 'a b' },
];
const COUNTS = {
  tables: [
    { schema: 'a b', table: 'zäh"l', rows: 1 },
    { schema: 'public', table: 'empty', rows: 0 },
    { schema: 'public', table: 'item', rows: 6 },
  ],
  rows: 7,
};

describe('an archive', () => {
  it.each(LAYOUTS)('of format $version with integers of $intSize bytes is counted', (layout) => {
    // The long definition does not fit two bytes.
    const entries = layout.intSize < 4 ? SHOP.slice(1) : SHOP;
    expect(read(writeArchive(entries, layout))).toEqual(COUNTS);
  });

  it('is counted the same in whatever chunks it comes', () => {
    const bytes = writeArchive(SHOP.slice(1), LAYOUT);
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 200 }), (sizes) => void expect(read(bytes, sizes)).toEqual(COUNTS)));
    expect(read(bytes, Array.from(bytes, () => 1))).toEqual(COUNTS);
  });

  it('is counted the same in whatever pieces pg_dump wrote its rows', () => {
    const rows = fc.array(fc.stringMatching(/^[ab\\.\t]{0,5}$/).filter((row) => row !== '\\.'));
    fc.assert(
      fc.property(rows, fc.infiniteStream(fc.integer({ min: 1, max: 7 })), (lines, sizes) => {
        const whole = rowsOf(...lines).join('');
        const pieces: string[] = [];
        for (let at = 0; at < whole.length; at += pieces.at(-1)?.length ?? 0) pieces.push(whole.slice(at, at + sizes.next().value));
        expect(read(writeArchive([table('t', pieces)], LAYOUT)).rows).toBe(lines.length);
      }),
    );
  });

  it('may have its blocks in any order', () => expect(read(writeArchive(SHOP, LAYOUT, [5, 3, 1, 2]))).toEqual(COUNTS));

  it('without any data is complete', () => expect(read(writeArchive([], LAYOUT))).toEqual({ tables: [], rows: 0 }));
});

describe('bytes that are no complete archive', () => {
  const whole = writeArchive(SHOP.slice(1), LAYOUT);

  it('are refused wherever an archive is cut', () => {
    for (let length = 0; length < whole.length; length += 1) expect(() => read(whole.subarray(0, length)), `at ${length}`).toThrow(ArchiveError);
  });

  it.each<[string, string, Buffer]>([
    ['something else', 'does not begin like an archive', Buffer.from('-- PostgreSQL database dump')],
    ['the tar format', 'of format 3', changed(8 + 2, 3)],
    ['a format of the future', 'format 1.17', changed(6, 17)],
    ['compressed blocks', 'compressed', changed(12, 1)],
    ['a block that the contents do not name', 'entry 49', Buffer.concat([whole, Buffer.from([1, 0, 49, 0, 0, 0])])],
    ['a block twice', 'had it already', writeArchive(SHOP, LAYOUT, [1, 2, 3, 5, 5])],
    ['a block missing between others', '1 data blocks are missing, the first of table public.empty', writeArchive(SHOP, LAYOUT, [1, 3, 5])],
    ['a byte after the last block', 'within a data block', Buffer.concat([whole, Buffer.from([1])])],
    ['rows without their end', 'the rows of table public.t do not end', writeArchive([table('t', ['1\n'])], LAYOUT)],
    ['rows after their end', 'the rows of table public.t do not end', writeArchive([table('t', [...rowsOf('1'), '2\n'])], LAYOUT)],
    ['a row cut short', 'the rows of table public.t do not end', writeArchive([table('t', ['1', '\\.\n\n\n'])], LAYOUT)],
  ])('are refused: %s', (_what, words, bytes) => expect(() => read(bytes)).toThrow(words));

  it('never make the reader fail otherwise', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          read(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ArchiveError);
        }
      }),
    );
  });

  function changed(at: number, value: number): Buffer {
    const bytes = Buffer.from(whole);
    bytes[at] = value;
    return bytes;
  }
});
