// Removes what attempts leave behind below the prefix of one backup. Never more: the bucket is shared.
import { DeleteObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { messageOf } from '../errors.ts';
import { isMissing, isTransient, nameOf } from './s3-error.ts';
import type { Store } from './store.ts';
import { giveUp, uploadsBelow } from './open-uploads.ts';

/** Gives up uploads that killed attempts began. Whoever may not list them goes on: they are no part of any backup. */
export async function removeParts(store: Store): Promise<void> {
  try {
    await abortUploads(store);
  } catch (error) {
    // What concerns the bucket as a whole would fail later too, after the dump: better now.
    if (isTransient(error) || nameOf(error) !== 'AccessDenied') throw store.error(error);
    store.run.log('may not list the uploads of killed runs', { location: store.place.location, error: messageOf(error) });
  }
}

/** Gives up every upload whose key begins like that; returns how many there were. */
export async function abortUploads(store: Store, beginning = `${store.place.prefix}/`, signal = store.run.signal): Promise<number> {
  const uploads = await uploadsBelow(store, beginning, signal);
  for (const upload of uploads) await giveUp(store, upload, signal);
  return uploads.length;
}

/** Removes objects by their names; those that are not there are fine. */
export async function removeObjects(store: Store, names: readonly string[], signal: AbortSignal): Promise<void> {
  for (const name of names) {
    const command = new DeleteObjectCommand(store.object(name));
    await store.send('DeleteObject', (client, options) => client.send(command, options), signal).catch(unlessMissing);
  }
}

/** Removes the objects whose names are like that; returns how many there were. */
export async function removeObjectsLike(store: Store, isLike: (name: string) => boolean, signal: AbortSignal): Promise<number> {
  const { bucket, prefix } = store.place;
  const list = new ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}/` });
  const { Contents = [] } = await store.send('ListObjectsV2', (client, options) => client.send(list, options), signal);
  const names = Contents.map(({ Key }) => Key?.slice(prefix.length + 1) ?? '').filter(isLike);
  for (const name of names) store.run.log('removing an object', { name });
  await removeObjects(store, names, signal);
  return names.length;
}

/** Removes objects of attempts that did not win. What cannot be removed costs space and nothing else. */
export async function removeForgotten(store: Store, isForgotten: (name: string) => boolean, signal: AbortSignal): Promise<void> {
  try {
    await removeObjectsLike(store, isForgotten, signal);
  } catch (error) {
    store.run.log('cannot remove what killed runs left', { location: store.place.location, error: messageOf(error) });
  }
}

function unlessMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}
