import { Duplex, Writable } from 'node:stream';
import { compress } from './zstd.ts';

// Node reads 64 KiB of a pipe at most, often less, and every chunk that goes on costs a trip to the compressor's thread and back, which on a
// busy machine waits for a processor each time. Many of them in one trip cost a copy of the bytes, and less in all.
const GATHERED_BYTES = 256 * 1024;

/** Feeds a compressor in large pieces, from two buffers in turn: fresh ones would pile up by the tens of megabytes until they are collected. */
class Feeder extends Writable {
  /** How many came in. */
  bytes = 0;
  readonly #compressor: Writable;
  #filling = Buffer.allocUnsafeSlow(GATHERED_BYTES);
  #other = Buffer.allocUnsafeSlow(GATHERED_BYTES);
  #filled = 0;
  /** Settles when the compressor has let go of the other buffer. */
  #compressed: Promise<void> = Promise.resolve();

  constructor(compressor: Writable) {
    super();
    this.#compressor = compressor;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.bytes += chunk.length;
    if (this.#filled + chunk.length <= GATHERED_BYTES) {
      this.#filled += chunk.copy(this.#filling, this.#filled);
      return done();
    }
    this.#take(chunk).then(() => done(), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#pass()
      .then(() => this.#compressed)
      .then(() => {
        this.#compressor.end();
        done();
      })
      .catch(done);
  }

  async #take(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      if (this.#filled === GATHERED_BYTES) await this.#pass();
      const copied = chunk.copy(this.#filling, this.#filled, at);
      at += copied;
      this.#filled += copied;
    }
  }

  async #pass(): Promise<void> {
    const piece = this.#filling.subarray(0, this.#filled);
    await this.#compressed;
    this.#compressed = new Promise((resolve, reject) => {
      this.#compressor.write(piece, (error) => (error ? reject(error) : resolve()));
    });
    // It is awaited before the next piece; until then its failure must not count as unhandled.
    this.#compressed.catch(() => undefined);
    [this.#filling, this.#other] = [this.#other, this.#filling];
    this.#filled = 0;
  }
}

/** A stage that compresses. */
export interface Compressing {
  readonly stream: Duplex;
  /** How many bytes went in. */
  readonly bytes: () => number;
}

/** Compresses what passes. */
export function compressing(): Compressing {
  const readable = compress();
  const writable = new Feeder(readable);
  return { stream: Duplex.from({ readable, writable }), bytes: () => writable.bytes };
}
