import { randomBytes } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compressing } from './compressing.ts';
import { readBack } from './read-back.ts';

/** Passes bytes through the stage in pieces; returns what was seen of them, and what came out. */
async function pass(compressed: Buffer, pieceSize = 65_536): Promise<{ seen: Buffer; out: Buffer; bytes: number }> {
  const seen: Buffer[] = [];
  const back = readBack((chunk) => void seen.push(Buffer.from(chunk)));
  const out: Buffer[] = [];
  const pieces = Array.from({ length: Math.ceil(compressed.length / pieceSize) }, (_, index) => compressed.subarray(index * pieceSize, (index + 1) * pieceSize));
  const sink = new Writable({ write: (chunk: Buffer, _encoding, done) => (out.push(chunk), done()) });
  await pipeline(Readable.from(pieces, { objectMode: false }), back.stream, sink);
  return { seen: Buffer.concat(seen), out: Buffer.concat(out), bytes: back.bytes() };
}

const plain = Buffer.concat([randomBytes(100_000), Buffer.alloc(1_000_000), randomBytes(100_000)]);
const checksummed = async (): Promise<Buffer> => Buffer.concat((await Readable.from([plain], { objectMode: false }).pipe(compressing().stream).toArray()) as Buffer[]);

describe('compressed bytes that are read back', () => {
  it.each([1000, 65_536, 10_000_000])('in pieces of %i pass as they are, and their content is seen', async (pieceSize) => {
    const compressed = await checksummed();
    const { seen, out, bytes } = await pass(compressed, pieceSize);
    expect(out.equals(compressed)).toBe(true);
    expect(seen.equals(plain)).toBe(true);
    expect(bytes).toBe(plain.length);
  });

  it('may hold nothing', async () => expect((await pass(zstdCompressSync(''))).bytes).toBe(0));

  it('break the stream wherever one bit is wrong', async () => {
    const compressed = await checksummed();
    await fc.assert(
      fc.asyncProperty(fc.nat(compressed.length - 1), fc.nat(7), async (at, bit) => {
        const wrong = Buffer.from(compressed);
        wrong[at] = (wrong[at] ?? 0) ^ (1 << bit);
        const passed = await pass(wrong).catch((error: unknown) => error);
        // A few bits of the header mean nothing.
        if (passed instanceof Error) expect(passed).toMatchObject({ reason: 'DumpFailed', retryable: true });
        else expect((passed as { seen: Buffer }).seen.equals(plain)).toBe(true);
      }),
      // The bit that says that a checksum follows: without it, four bytes too many do.
      { numRuns: 200, examples: [[4, 2]] },
    );
  });

  it('break the stream when their end is missing', async () => {
    const compressed = await checksummed();
    await expect(pass(compressed.subarray(0, -1))).rejects.toMatchObject({ reason: 'DumpFailed' });
  });

  it('break the stream when there is more after their end', async () => {
    const compressed = await checksummed();
    await expect(pass(Buffer.concat([compressed, Buffer.from('more')]), 10_000_000)).rejects.toMatchObject({ reason: 'DumpFailed' });
    await expect(pass(Buffer.concat([compressed, Buffer.from('more')]), compressed.length)).rejects.toMatchObject({ reason: 'DumpFailed' });
  });

  it('break the stream with the error of whoever looks', async () => {
    const back = readBack(() => {
      throw new Error('no archive');
    });
    await expect(pipeline(Readable.from([await checksummed()]), back.stream, new Writable({ write: (_chunk, _encoding, done) => done() }))).rejects.toThrow('no archive');
  });
});
