import type { Database, DatabaseSpec } from '@postgres-operator/api';

/** uid and gid of user postgres in the official Debian-based images. */
export const POSTGRES_UID = 999;

/** The major version that the tag of an image starts with, if it does: postgres:14-alpine is 14. A digest says none, whatever its first digits. */
export function majorOfImage(image: string): number | undefined {
  const tag = /^[^@]*:([^/:@]+)(@[^/]*)?$/.exec(image)?.[1];
  const major = /^([0-9]+)(?![0-9])/.exec(tag ?? '')?.[1];
  return major === undefined ? undefined : Number(major);
}

/** The major version of a Database; the CRD makes sure that one of the two says it. */
export function majorVersion({ majorVersion: stated, image }: Pick<DatabaseSpec, 'majorVersion' | 'image'>): number {
  const major = stated ?? majorOfImage(image);
  if (major === undefined) throw new Error(`image ${image} does not say its major version: set majorVersion`);
  return major;
}

/**
 * The image and major version of the server that holds the data. While another major version in the spec is not in force, it is the one that
 * an upgrade comes from; Serving and Done are the steps that have brought the data to the other.
 */
export function versionOfData({ spec, status }: Pick<Database, 'spec' | 'status'>): { readonly image: string; readonly major: number | undefined } {
  const { upgrade } = status ?? {};
  const wanted = { image: spec.image, major: spec.majorVersion ?? majorOfImage(spec.image) };
  if (upgrade === undefined) return wanted;
  const data = upgrade.step === 'Serving' || upgrade.step === 'Done' ? upgrade.to : upgrade.from;
  // An image of the same major version comes into force by a rolling update.
  return data.major === wanted.major ? wanted : data;
}
