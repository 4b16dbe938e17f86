// One object, written as a stream of unknown length. It does not exist before `publish`: the end of the stream alone, which a
// killed pg_dump brings about just as well, completes nothing.
import { CompleteMultipartUploadCommand, CreateMultipartUploadCommand, AbortMultipartUploadCommand, HeadObjectCommand, PutObjectCommand, UploadPartCommand, type CompletedPart } from '@aws-sdk/client-s3';
import { RunError } from '../errors.ts';
import { graceAfter } from '../grace.ts';
import { base64Crc32, compositeCrc32 } from './checksum.ts';
import { isMissing, isTaken } from './s3-error.ts';
import type { Store } from './store.ts';
import { abortUploads } from './tidy.ts';

/** What an object must be once it is there. */
interface Expected {
  readonly bytes: number;
  readonly checksum: string;
}

/** The requests of one object's upload. */
export class Upload {
  readonly #store: Store;
  readonly #name: string;
  readonly #parts: CompletedPart[] = [];
  readonly #givenUp = new AbortController();
  #begun: Promise<string> | undefined;

  constructor(store: Store, name: string) {
    this.#store = store;
    this.#name = name;
  }

  /** Sends one part; the bytes may be reused afterwards. */
  async sendPart(number: number, body: Buffer): Promise<void> {
    const UploadId = await this.begin();
    const checksum = base64Crc32(body);
    const command = new UploadPartCommand({ ...this.#object, UploadId, PartNumber: number, Body: body, ContentLength: body.length, ChecksumCRC32: checksum });
    const signal = AbortSignal.any([this.#store.run.signal, this.#givenUp.signal]);
    const { ETag } = await this.#store.send('UploadPart', (client, options) => client.send(command, options), signal);
    this.#parts[number - 1] = { PartNumber: number, ETag, ChecksumCRC32: checksum };
    this.#store.run.debug('part sent', { name: this.#name, part: number, bytes: body.length });
  }

  /** Begins a multipart upload, once. To be called before parts are sent at the same time. */
  begin(): Promise<string> {
    return (this.#begun ??= this.#begin());
  }

  /** Makes an object of a few bytes, in one request. */
  async put(body: Buffer): Promise<void> {
    const checksum = base64Crc32(body);
    const command = new PutObjectCommand({ ...this.#object, Body: body, ContentLength: body.length, ChecksumCRC32: checksum, IfNoneMatch: '*' });
    await this.#unlessThere({ bytes: body.length, checksum }, () => this.#store.send('PutObject', (client, options) => client.send(command, options)));
  }

  /** Makes an object of the parts. */
  async complete(bytes: number): Promise<void> {
    const MultipartUpload = { Parts: this.#parts };
    const UploadId = await this.begin();
    const command = new CompleteMultipartUploadCommand({ ...this.#object, UploadId, MultipartUpload, IfNoneMatch: '*', MpuObjectSize: bytes });
    const checksum = compositeCrc32(this.#parts.map(({ ChecksumCRC32 }) => ChecksumCRC32 ?? ''));
    // A store may answer 200 and then an error; the client turns that into one of the server's, which is tried again.
    await this.#unlessThere({ bytes, checksum }, () => this.#store.send('CompleteMultipartUpload', (client, options) => client.send(command, options)));
    this.#begun = undefined;
  }

  /** Breaks off parts that are on their way: a store that does not answer must not hold up what comes next. */
  giveUp(): void {
    this.#givenUp.abort();
  }

  /** Gives the parts up: of every upload under this name, since the answer that named one may have been lost. */
  async abort(signal: AbortSignal): Promise<void> {
    if (this.#begun === undefined) return;
    const UploadId = await this.#begun.catch(() => undefined);
    if (UploadId === undefined) return void (await abortUploads(this.#store, this.#object.Key, signal));
    await this.#store.send('AbortMultipartUpload', (client, options) => client.send(new AbortMultipartUploadCommand({ ...this.#object, UploadId }), options), signal);
  }

  get #object(): { Bucket: string; Key: string } {
    return this.#store.object(this.#name);
  }

  async #begin(): Promise<string> {
    const command = new CreateMultipartUploadCommand({ ...this.#object, ChecksumAlgorithm: 'CRC32' });
    // A stop request waits for the answer a little: an upload that is broken off here may begin all the same, and nobody would know its name.
    const signal = graceAfter(AbortSignal.any([this.#store.run.signal, this.#givenUp.signal]));
    const { UploadId } = await this.#store.send('CreateMultipartUpload', (client, options) => client.send(command, options), signal);
    if (UploadId === undefined) throw new RunError('StorageFailed', `${this.#store.place.location}: the store began an upload without a name`);
    return UploadId;
  }

  /**
   * Sends the request that makes the object, and looks at what is there then. When an answer got lost, the repeated request finds
   * the key taken or the upload gone: whether that was ourselves, the object shows, since no other attempt uses its name.
   */
  async #unlessThere(expected: Expected, request: () => Promise<unknown>): Promise<void> {
    let refused: unknown;
    try {
      await request();
    } catch (error) {
      if (!isTaken(error) && !isMissing(error)) throw error;
      refused = error;
    }
    await this.#confirm(expected, refused);
  }

  async #confirm({ bytes, checksum }: Expected, refused: unknown): Promise<void> {
    const { run, place } = this.#store;
    const found = await this.#store
      .send('HeadObject', (client, options) => client.send(new HeadObjectCommand({ ...this.#object, ChecksumMode: 'ENABLED' }), options), run.signal)
      .catch((error: unknown) => {
        throw refused ?? error;
      });
    const where = `${place.location}/${this.#name}`;
    if (found.ContentLength !== bytes) throw new RunError('StorageFailed', `${where} has ${found.ContentLength ?? 'no'} bytes in the store, ${bytes} were sent`, { retryable: true });
    // Not every store keeps checksums, and some make another kind of them for objects of parts; one that has ours must agree.
    if (found.ChecksumCRC32?.includes('-') === checksum.includes('-') && found.ChecksumCRC32 !== checksum) {
      throw new RunError('StorageFailed', `${where} has checksum ${found.ChecksumCRC32} in the store, not ${checksum}`, { retryable: true });
    }
  }
}
