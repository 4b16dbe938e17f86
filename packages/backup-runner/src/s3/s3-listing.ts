// The folders of backups below a prefix of a bucket.
import { ListObjectsV2Command, type _Object } from '@aws-sdk/client-s3';
import type { Run } from '../environment.ts';
import { refuseTooMany, type ListedFile, type ListedFolder } from '../storage/listing.ts';
import { openStore, type S3Place } from './store.ts';

/** Lists them page by page. A bucket has no folders: those without an object are not there. */
export async function listBucket(place: S3Place, run: Run): Promise<ListedFolder[]> {
  const store = await openStore(place, run);
  const folders = new Map<string, ListedFile[]>();
  let listed = 0;
  let next: string | undefined;
  try {
    do {
      const command = new ListObjectsV2Command({ Bucket: place.bucket, Prefix: `${place.prefix}/`, ...(next !== undefined && { ContinuationToken: next }) });
      const { Contents = [], NextContinuationToken } = await store.send('ListObjectsV2', (client, options) => client.send(command, options));
      for (const object of Contents) add(folders, place.prefix, object);
      listed += Contents.length;
      refuseTooMany(listed, place.location);
      next = NextContinuationToken;
    } while (next !== undefined);
  } catch (error) {
    throw store.error(error);
  }
  return [...folders].map(([name, files]) => ({ name, files }));
}

/** Objects deeper down are none of a backup. */
function add(folders: Map<string, ListedFile[]>, prefix: string, { Key = '', Size = 0, LastModified }: _Object): void {
  const [folder, name, ...deeper] = Key.slice(prefix.length + 1).split('/');
  if (!Key.startsWith(`${prefix}/`) || !folder || !name || deeper.length > 0) return;
  const files = folders.get(folder) ?? [];
  files.push({ name, bytes: Size, storedAt: (LastModified ?? new Date(0)).toISOString() });
  folders.set(folder, files);
}
