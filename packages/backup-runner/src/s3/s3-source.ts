// A backup in a bucket.
import { Readable } from 'node:stream';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { MANIFEST_FILE } from '@postgres-operator/api';
import type { Run } from '../environment.ts';
import { RunError } from '../errors.ts';
import type { BackupSource, FileName, StoredManifest } from '../storage/contract.ts';
import { MAX_MANIFEST_BYTES, storedManifest } from '../storage/verify.ts';
import { isMissing } from './s3-error.ts';
import { resuming } from './resuming.ts';
import { openStore, type S3Place, type Store } from './store.ts';

/** The objects below a prefix. */
export async function openS3Source(place: S3Place, run: Run): Promise<BackupSource> {
  const store = await openStore(place, run);
  return { location: place.location, readManifest: () => readManifest(store), open: (file, from = 0) => openFile(store, file, from) };
}

async function readManifest(store: Store): Promise<StoredManifest | undefined> {
  const path = `${store.place.location}/${MANIFEST_FILE}`;
  const command = new GetObjectCommand(store.object(MANIFEST_FILE));
  try {
    const bytes = await store.send('GetObject manifest', async (client, options) => {
      const { Body, ContentLength = 0 } = await client.send(command, options);
      if (ContentLength > MAX_MANIFEST_BYTES) throw new RunError('BackupCorrupt', `${path} is too large for a manifest`);
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    });
    return storedManifest(bytes, path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw store.error(error, MANIFEST_FILE);
  }
}

/** Opens an object as one stream, however often the connection breaks on the way. */
async function openFile(store: Store, file: FileName, from: number): Promise<Readable> {
  const name = file.storedAs ?? file.name;
  // The first answer decides whether it is there at all; a later one only whether it goes on.
  const first = await openAt(store, name, from);
  return Readable.from(
    resuming(first, {
      run: store.run,
      reopen: (at) => openAt(store, name, from + at),
      describe: (error) => store.error(error, name),
    }),
    { objectMode: false, highWaterMark: 1024 * 1024 },
  );
}

async function openAt(store: Store, name: string, at: number): Promise<Readable> {
  const command = new GetObjectCommand({ ...store.object(name), ...(at > 0 && { Range: `bytes=${at}-` }) });
  try {
    const { Body } = await store.send('GetObject', (client, options) => client.send(command, options));
    if (!(Body instanceof Readable)) throw new RunError('InternalError', 'the answer of the store is no stream');
    return Body;
  } catch (error) {
    if (isMissing(error)) throw new RunError('BackupCorrupt', `${store.place.location}/${name} is missing, though the manifest names it`, { cause: error });
    throw store.error(error, name);
  }
}
