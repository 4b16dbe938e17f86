import { Writable } from 'node:stream';
import { RunError } from '../errors.ts';
import type { SinkFile } from '../storage/contract.ts';
import { MAX_PARTS, partSize, partsInFlight } from './part-size.ts';
import type { Store } from './store.ts';
import { Upload } from './upload.ts';

/** A file of the sink. */
export interface S3File extends SinkFile {
  abort(signal: AbortSignal): Promise<void>;
}

/** Collects a stream into parts and sends them, a few at a time, from buffers that are used again. */
class PartWriter extends Writable {
  readonly #upload: Upload;
  readonly #nextSize: () => number;
  readonly #sending = new Set<Promise<void>>();
  #free: Buffer[] = [];
  #part: Buffer;
  #filled = 0;
  #parts = 0;
  #failure: unknown;
  written = 0;

  readonly #describe: (error: unknown) => RunError;

  constructor(upload: Upload, sizeAfter: (written: number) => number, describe: (error: unknown) => RunError) {
    super({ highWaterMark: 1024 * 1024 });
    this.#upload = upload;
    this.#nextSize = () => sizeAfter(this.written);
    this.#describe = describe;
    this.#part = Buffer.allocUnsafeSlow(sizeAfter(0));
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#take(chunk).then(() => done(), (error: unknown) => done(this.#describe(error)));
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#finish().then(() => done(), (error: unknown) => done(this.#describe(error)));
  }

  /** Makes the object; the stream must have finished. */
  async publish(): Promise<void> {
    if (this.#parts === 0) await this.#upload.put(this.#part.subarray(0, this.#filled));
    else await this.#upload.complete(this.written);
  }

  /** Waits for requests that are under way, however they end. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#sending);
  }

  async #take(chunk: Buffer): Promise<void> {
    this.#rethrow();
    for (let at = 0; at < chunk.length; ) {
      if (this.#filled === this.#part.length) await this.#nextPart();
      const copied = chunk.copy(this.#part, this.#filled, at);
      at += copied;
      this.#filled += copied;
      this.written += copied;
    }
  }

  async #finish(): Promise<void> {
    // What fits one part is an object of one request.
    if (this.#parts > 0 && this.#filled > 0) await this.#send();
    while (this.#sending.size > 0) await Promise.race(this.#sending);
    this.#rethrow();
  }

  async #nextPart(): Promise<void> {
    while (this.#sending.size >= partsInFlight(this.#part.length)) await Promise.race(this.#sending);
    this.#rethrow();
    await this.#send();
    const size = this.#nextSize();
    // Buffers of an earlier size go.
    this.#free = this.#free.filter(({ length }) => length === size);
    this.#part = this.#free.pop() ?? Buffer.allocUnsafeSlow(size);
    this.#filled = 0;
  }

  async #send(): Promise<void> {
    if (this.#parts === MAX_PARTS) throw new RunError('StorageFailed', `the backup needs more than the ${MAX_PARTS} parts that an object may have`);
    await this.#upload.begin();
    this.#parts += 1;
    const part = this.#part;
    const sending: Promise<void> = this.#upload
      .sendPart(this.#parts, part.subarray(0, this.#filled))
      .then(
        () => void this.#free.push(part),
        (error: unknown) => void (this.#failure ??= error),
      )
      .finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  #rethrow(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

/** A new file under the name `storedAs`, which no other attempt uses. */
export function createS3File(store: Store, storedAs: string, expected: number): S3File {
  const upload = new Upload(store, storedAs);
  const sizeAfter = (written: number): number => partSize(written, expected, store.run.environment.smallestPart);
  const writer = new PartWriter(upload, sizeAfter, (error) => store.error(error, storedAs));
  return {
    output: writer,
    publish: async ({ bytes }) => {
      try {
        if (writer.written !== bytes) throw new RunError('InternalError', `${writer.written} bytes went to the store, ${bytes} were hashed`);
        await writer.publish();
      } catch (error) {
        throw store.error(error, storedAs);
      }
      return { storedAs };
    },
    abort: async (signal) => {
      writer.destroy();
      upload.giveUp();
      await writer.settle();
      await upload.abort(signal);
    },
  };
}
