// Uploads in parts that were begun, and neither finished nor given up: a listing of objects does not show them, and they cost as much.
import { AbortMultipartUploadCommand, ListMultipartUploadsCommand, ListPartsCommand, type Part } from '@aws-sdk/client-s3';
import { refuseTooMany } from '../storage/listing.ts';
import { isMissing } from './s3-error.ts';
import type { Store } from './store.ts';

/** Such an upload. */
export interface OpenUpload {
  readonly key: string;
  readonly id: string;
  /** RFC 3339. */
  readonly begunAt: string;
}

/** Those whose key begins like that. */
export async function uploadsBelow(store: Store, beginning: string, signal: AbortSignal): Promise<OpenUpload[]> {
  const found: OpenUpload[] = [];
  let next: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
  while (next !== undefined) {
    const command: ListMultipartUploadsCommand = new ListMultipartUploadsCommand({ Bucket: store.place.bucket, Prefix: beginning, ...next });
    const page = await store.send('ListMultipartUploads', (client, options) => client.send(command, options), signal);
    for (const { Key = '', UploadId = '', Initiated } of page.Uploads ?? []) if (Key.startsWith(beginning)) found.push({ key: Key, id: UploadId, begunAt: (Initiated ?? new Date()).toISOString() });
    refuseTooMany(found.length, store.place.location);
    next = page.IsTruncated === true && page.NextKeyMarker !== undefined ? { KeyMarker: page.NextKeyMarker, ...(page.NextUploadIdMarker !== undefined && { UploadIdMarker: page.NextUploadIdMarker }) } : undefined;
  }
  return found;
}

/** Gives one up; one that is not there any more is fine. */
export async function giveUp(store: Store, { key, id }: Pick<OpenUpload, 'key' | 'id'>, signal: AbortSignal): Promise<void> {
  store.run.log('giving up an upload that was not finished', { key });
  const command = new AbortMultipartUploadCommand({ Bucket: store.place.bucket, Key: key, UploadId: id });
  await store.send('AbortMultipartUpload', (client, options) => client.send(command, options), signal).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}

/** How much of one has arrived, and when the last of it did; undefined when it is not there any more. */
export async function arrivedOf(store: Store, upload: OpenUpload): Promise<{ bytes: number; storedAt: string } | undefined> {
  try {
    const parts = await partsOf(store, upload);
    const times = parts.map(({ LastModified }) => (LastModified ?? new Date()).toISOString());
    return { bytes: parts.reduce((sum, { Size = 0 }) => sum + Size, 0), storedAt: [upload.begunAt, ...times].sort().at(-1) ?? upload.begunAt };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function partsOf(store: Store, { key, id }: OpenUpload): Promise<Part[]> {
  const parts: Part[] = [];
  let next: string | undefined;
  do {
    const command: ListPartsCommand = new ListPartsCommand({ Bucket: store.place.bucket, Key: key, UploadId: id, ...(next !== undefined && { PartNumberMarker: next }) });
    const page = await store.send('ListParts', (client, options) => client.send(command, options));
    parts.push(...(page.Parts ?? []));
    next = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
  } while (next !== undefined);
  return parts;
}
