// What lies below the prefix of a Database's backups and is no part of one, and how it goes.
import type { Run } from '../environment.ts';
import { messageOf } from '../errors.ts';
import type { ListedUpload } from '../storage/listing.ts';
import { isTransient } from './s3-error.ts';
import { arrivedOf, giveUp, uploadsBelow, type OpenUpload } from './open-uploads.ts';
import { openStore, type S3Place, type Store } from './store.ts';
import { removeObjects } from './tidy.ts';

/** The uploads below the prefix that were never finished; undefined where they cannot be listed. */
export async function listOpenUploads(place: S3Place, run: Run): Promise<ListedUpload[] | undefined> {
  const store = await openStore(place, run);
  try {
    const found: ListedUpload[] = [];
    for (const upload of await uploadsBelow(store, `${place.prefix}/`, run.signal)) found.push(...(await lookAt(store, upload)));
    return found;
  } catch (error) {
    // Not every store can list them, nor may everybody: the backups are there all the same.
    if (isTransient(error)) throw store.error(error);
    run.log('cannot list the uploads that were not finished', { location: place.location, error: messageOf(error) });
    return undefined;
  }
}

/** Uploads deeper down are none of a backup. */
async function lookAt(store: Store, upload: OpenUpload): Promise<ListedUpload[]> {
  const [folder = '', name = '', ...deeper] = upload.key.slice(store.place.prefix.length + 1).split('/');
  if (folder === '' || name === '' || deeper.length > 0) return [];
  const arrived = await arrivedOf(store, upload);
  return arrived === undefined ? [] : [{ folder, name, id: upload.id, ...arrived }];
}

/** Removes these objects below a prefix, and gives these uploads up. Nothing else. */
export async function removeFromPrefix(place: S3Place, { names, uploads }: { readonly names: readonly string[]; readonly uploads: readonly ListedUpload[] }, run: Run): Promise<void> {
  const store = await openStore(place, run);
  try {
    for (const { name, id } of uploads) await giveUp(store, { key: store.object(name).Key, id }, run.signal);
    await removeObjects(store, names, run.signal);
  } catch (error) {
    throw store.error(error);
  }
}
