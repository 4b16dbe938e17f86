// Where backups are stored, as URLs: pvc://claim/path and s3://bucket/prefix.
import type { DumpRequest } from './run-request.ts';

/** A folder in a claim, or the objects of a bucket whose keys begin alike. */
export interface StorageFolder {
  readonly type: 'claim' | 's3';
  /** The claim or the bucket. */
  readonly name: string;
  /** Relative to its root, without a slash at the ends; '' is the root. */
  readonly path: string;
}

/** Reads such a URL; undefined when it is nothing of the kind. */
export function parseLocation(location: string): StorageFolder | undefined {
  const [, scheme, name, path = ''] = /^(pvc|s3):\/\/([^/]+)\/?(.*?)\/?$/.exec(location) ?? [];
  return name === undefined ? undefined : { type: scheme === 's3' ? 's3' : 'claim', name, path };
}

export const formatLocation = ({ type, name, path }: StorageFolder): string => `${type === 's3' ? 's3' : 'pvc'}://${name}/${path}`;

/** The folder as a runner is told of it. */
export function placeOf(folder: StorageFolder): DumpRequest['destination'] {
  const { type, name, path } = folder;
  const location = formatLocation(folder);
  return type === 's3' ? { type, location, bucket: name, prefix: path } : { type, location, path };
}
