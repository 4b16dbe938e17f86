import { randomBytes } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compressing } from './compressing.ts';

const MIB = 1024 * 1024;

async function compressed(chunks: readonly Buffer[], look: (chunk: Buffer) => void = () => undefined): Promise<Buffer> {
  return Buffer.concat(await Readable.from(chunks, { objectMode: false }).pipe(compressing(look)).toArray() as Buffer[]);
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

  it('was seen before', async () => {
    const seen: number[] = [];
    await compressed([Buffer.alloc(3), Buffer.alloc(MIB), Buffer.alloc(5)], ({ length }) => seen.push(length));
    expect(seen.reduce((sum, length) => sum + length)).toBe(MIB + 8);
  });
});

describe('a stream that is compressed ends with the error', () => {
  const endless = (): Readable => Readable.from((function* () { for (;;) yield randomBytes(65_536); })(), { objectMode: false });

  it('of whoever looks', async () => {
    let chunks = 0;
    const look = (): void => {
      if ((chunks += 1) > 20) throw new Error('no archive');
    };
    await expect(pipeline(endless(), compressing(look), new Writable({ write: (_chunk, _encoding, done) => done() }))).rejects.toThrow('no archive');
  });

  it('of the output', async () => {
    const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error('no space')) });
    await expect(pipeline(endless(), compressing(() => undefined), full)).rejects.toThrow('no space');
  });

  it('of the output, also while nothing comes in', async () => {
    const silent = new Readable({ read: () => undefined });
    const output = new Writable({ write: (_chunk, _encoding, done) => done() });
    const ended = pipeline(silent, compressing(() => undefined), output);
    output.destroy(new Error('gone'));
    await expect(ended).rejects.toThrow('gone');
    expect(silent.destroyed).toBe(true);
  });
});
