import { randomBytes } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compressing } from './compressing.ts';

const MIB = 1024 * 1024;

async function compressed(chunks: readonly Buffer[], stage = compressing()): Promise<Buffer> {
  return Buffer.concat(await Readable.from(chunks, { objectMode: false }).pipe(stage.stream).toArray() as Buffer[]);
}

describe('what is compressed', () => {
  it('is what went in, in whatever chunks it came', async () => {
    const bytes = randomBytes(2 * MIB);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 600_000 }), { maxLength: 20 }), async (sizes) => {
        let at = 0;
        const chunks = [...sizes, bytes.length].map((size) => bytes.subarray(at, (at += size))).filter(({ length }) => length > 0);
        expect(zstdDecompressSync(await compressed(chunks)).equals(bytes)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('may be nothing', async () => expect(zstdDecompressSync(await compressed([])).length).toBe(0));

  it('was counted', async () => {
    const stage = compressing();
    await compressed([Buffer.alloc(3), Buffer.alloc(MIB), Buffer.alloc(5)], stage);
    expect(stage.bytes()).toBe(MIB + 8);
  });
});

describe('a stream that is compressed ends with the error', () => {
  const endless = (): Readable => Readable.from((function* () { for (;;) yield randomBytes(65_536); })(), { objectMode: false });

  it('of the output', async () => {
    const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error('no space')) });
    await expect(pipeline(endless(), compressing().stream, full)).rejects.toThrow('no space');
  });

  it('of the output, also while nothing comes in', async () => {
    const silent = new Readable({ read: () => undefined });
    const output = new Writable({ write: (_chunk, _encoding, done) => done() });
    const ended = pipeline(silent, compressing().stream, output);
    output.destroy(new Error('gone'));
    await expect(ended).rejects.toThrow('gone');
    expect(silent.destroyed).toBe(true);
  });
});
