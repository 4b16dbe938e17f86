// The manifest of one of the folders in a place.
import type { CatalogueRequest } from '@postgres-operator/api';
import type { Run } from '../environment.ts';
import { RunError } from '../errors.ts';
import type { StoredManifest } from '../storage/contract.ts';
import { openSource } from '../storage/open.ts';

/** A place that holds many backups. */
export type Source = CatalogueRequest['source'];

/** One of its folders. */
export const folderIn = (source: Source, folder: string): Source => {
  const location = `${source.location}/${folder}`;
  return source.type === 's3' ? { ...source, location, prefix: `${source.prefix}/${folder}` } : { ...source, location, path: `${source.path}/${folder}` };
};

/** Undefined: there is none. */
export async function manifestOf(place: Source, run: Run): Promise<StoredManifest | 'unreadable' | undefined> {
  try {
    return await (await openSource(place, run)).readManifest();
  } catch (error) {
    if (!(error instanceof RunError) || error.reason !== 'BackupCorrupt') throw error;
    return 'unreadable';
  }
}
