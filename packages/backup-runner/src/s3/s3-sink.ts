// A backup in a bucket, where nothing can be renamed. The manifest makes it exist: it is written last, under a key that only
// one attempt can take. The other objects of an attempt carry a random part in their names, so that attempts never touch each
// other's bytes, and a manifest never names what another attempt has written or removed:
//
// - before its manifest, an attempt removes nothing but its own objects, and parts that never became one;
// - with its manifest it has won: no other attempt can publish any more, so whatever else lies there is nobody's, and goes.
import { createHash, randomBytes } from 'node:crypto';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { MANIFEST_FILE } from '@postgres-operator/api';
import type { Run } from '../environment.ts';
import { RunError, messageOf } from '../errors.ts';
import { graceAfter } from '../grace.ts';
import { DUMP_FILE, GLOBALS_FILE, parseManifest } from '../storage/manifest.ts';
import { isOfAnAttempt, nameOfAttempt } from '../storage/attempt-names.ts';
import type { BackupSink } from '../storage/contract.ts';
import { base64Crc32 } from './checksum.ts';
import { isMissing, isTaken } from './s3-error.ts';
import { createS3File, type S3File } from './part-writer.ts';
import { openStore, type S3Place, type Store } from './store.ts';
import { abortUploads, removeForgotten, removeObjects, removeObjectsLike, removeParts } from './tidy.ts';

// A store that has stopped answering must not keep the run from telling so; what is left then, the next attempt or a discard removes.
const TIDYING_MILLISECONDS = 60_000;

/** Begins an attempt to write a backup below a prefix, and gives up the parts that killed attempts left. */
export async function openS3Sink(place: S3Place, run: Run, expectedBytes: number): Promise<BackupSink> {
  const store = await openStore(place, run);
  await removeParts(store);
  return new S3Sink(store, expectedBytes);
}

/** Removes what attempts left below a prefix without a manifest: uploads that were not completed, and objects. Returns how many there were. */
export async function removeFromBucket(place: S3Place, run: Run): Promise<number> {
  const store = await openStore(place, run);
  try {
    return (await abortUploads(store)) + (await removeObjectsLike(store, isOfAnAttempt, run.signal));
  } catch (error) {
    throw store.error(error);
  }
}

/** Removes a backup below a prefix, its manifest first: without it there is no backup. And what attempts left. Returns how many there were. */
export async function removeBackupFromBucket(place: S3Place, run: Run): Promise<number> {
  const store = await openStore(place, run);
  try {
    const manifests = await removeObjectsLike(store, (name) => name === MANIFEST_FILE, run.signal);
    return manifests + (await abortUploads(store)) + (await removeObjectsLike(store, (name) => isOfAnAttempt(name) || [DUMP_FILE, GLOBALS_FILE].includes(name), run.signal));
  } catch (error) {
    throw store.error(error);
  }
}

class S3Sink implements BackupSink {
  readonly #store: Store;
  readonly #expectedBytes: number;
  readonly #files = new Map<string, S3File>();
  /** Whether the manifest may have reached the store. */
  #sent = false;

  constructor(store: Store, expectedBytes: number) {
    this.#store = store;
    this.#expectedBytes = expectedBytes;
  }

  create(name: string): Promise<S3File> {
    // A name that nothing had: what cannot be removed before starting over must not be in the way.
    const storedAs = nameOfAttempt(name, randomBytes(4).toString('hex'));
    const file = createS3File(this.#store, storedAs, name === DUMP_FILE ? this.#expectedBytes : 0);
    this.#files.set(storedAs, file);
    return Promise.resolve(file);
  }

  async commit(manifest: string): Promise<string> {
    // From here on a stop request waits a little: soon the backup is there, or it is known not to be.
    const signal = graceAfter(this.#store.run.signal);
    try {
      await this.#putManifest(manifest, signal);
    } catch (error) {
      throw this.#store.error(error, MANIFEST_FILE);
    }
    await removeForgotten(this.#store, (name) => isOfAnAttempt(name) && !this.#files.has(name), signal);
    return createHash('sha256').update(manifest).digest('hex');
  }

  async abort(): Promise<void> {
    const signal = this.#tidying();
    await this.#giveUpUploads(signal);
    await this.#quietly('remove what was written', async () => {
      if (this.#sent) await this.#removeManifest(signal);
      await removeObjects(this.#store, [...this.#files.keys()], signal);
    });
  }

  async startOver(): Promise<void> {
    const signal = this.#tidying();
    await this.#giveUpUploads(signal);
    await this.#quietly('remove what was written', () => removeObjects(this.#store, [...this.#files.keys()], signal));
    this.#files.clear();
  }

  #tidying(): AbortSignal {
    return AbortSignal.any([graceAfter(this.#store.run.signal), AbortSignal.timeout(TIDYING_MILLISECONDS)]);
  }

  async #giveUpUploads(signal: AbortSignal): Promise<void> {
    for (const file of this.#files.values()) await this.#quietly('give up an upload', () => file.abort(signal));
  }

  async #putManifest(manifest: string, signal: AbortSignal): Promise<void> {
    const body = Buffer.from(manifest);
    const command = new PutObjectCommand({
      ...this.#store.object(MANIFEST_FILE),
      Body: body,
      ContentType: 'application/json',
      ContentLength: body.length,
      ChecksumCRC32: base64Crc32(body),
      IfNoneMatch: '*',
    });
    this.#sent = true;
    let taken = false;
    await this.#store
      .send('PutObject manifest', (client, options) => client.send(command, options), signal)
      .catch((error: unknown) => {
        // Perhaps by ourselves: the answer to an earlier try may have been lost.
        if (!isTaken(error)) throw error;
        taken = true;
      });
    const found = await this.#readManifest(signal);
    if (found === manifest) return;
    if (!taken) throw new RunError('StorageFailed', `${this.#store.place.location}/${MANIFEST_FILE} reads back differently from what was written`, { retryable: true });
    this.#sent = this.#isOurs(found);
    throw new RunError('StorageFailed', `${this.#store.place.location} appeared while this run was writing; another attempt at the same backup has won`, { retryable: true });
  }

  /** Our files can go only when no manifest names them. @throws RunError when that cannot be known. */
  async #removeManifest(signal: AbortSignal): Promise<void> {
    const found = await this.#readManifest(signal);
    if (this.#isOurs(found)) return removeObjects(this.#store, [MANIFEST_FILE], signal);
    if (found !== undefined && 'problem' in parseManifest(found)) throw new RunError('StorageFailed', `${MANIFEST_FILE} cannot be read, and may name the files of this run`);
  }

  /** No other attempt's manifest has names of this one. Ours may read back differently from what was written: one name is enough. */
  #isOurs(manifest = ''): boolean {
    return [...this.#files.keys()].some((name) => manifest.includes(name));
  }

  async #readManifest(signal: AbortSignal): Promise<string | undefined> {
    const command = new GetObjectCommand(this.#store.object(MANIFEST_FILE));
    try {
      return await this.#store.send('GetObject manifest', async (client, options) => (await client.send(command, options)).Body?.transformToString(), signal);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Best effort: a failure here must not hide the one that led here. */
  async #quietly(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#store.run.log(`cannot ${what}`, { location: this.#store.place.location, error: messageOf(error) });
    }
  }
}
