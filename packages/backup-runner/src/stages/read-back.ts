// The proof is made from what is stored: the compressed bytes on their way are decompressed again beside the stream, and only
// what comes out of that is looked at. So a compressor that spoils bytes, or loses them, is found out before anything is published.
import { Transform, type TransformCallback } from 'node:stream';
import type { ZstdDecompress } from 'node:zlib';
import { messageOf, RunError } from '../errors.ts';
import { decompress } from './zstd.ts';

/** A stage for compressed bytes. */
export interface ReadBack {
  readonly stream: Transform;
  /** How many bytes came out of decompression. */
  readonly bytes: () => number;
}

class ReadingBack extends Transform {
  bytes = 0;
  readonly #decompressor: ZstdDecompress = decompress();

  constructor(look: (chunk: Buffer) => void) {
    super();
    this.#decompressor.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length;
      try {
        look(chunk);
      } catch (error) {
        this.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    });
    this.#decompressor.on('error', (cause) => {
      this.destroy(new RunError('DumpFailed', `what was compressed cannot be decompressed: ${messageOf(cause)}`, { cause, retryable: true }));
    });
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.push(chunk);
    // Not before it was read: what waits here would pile up.
    this.#decompressor.write(chunk, () => done());
  }

  override _flush(done: TransformCallback): void {
    this.#decompressor.once('end', () => done());
    this.#decompressor.end();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#decompressor.destroy();
    done(error);
  }
}

/** Passes compressed bytes on, and shows their content to `look`. What `look` throws breaks the stream. */
export function readBack(look: (chunk: Buffer) => void): ReadBack {
  const stream = new ReadingBack(look);
  return { stream, bytes: () => stream.bytes };
}
