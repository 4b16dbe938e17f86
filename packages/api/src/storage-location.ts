// What spec.storageLocation may be: one source for the rule in the CRD and for the same check in code.

const PVC = String.raw`^pvc://[a-z0-9]([-a-z0-9.]*[a-z0-9])?(/[^/\x00-\x1f]+)*/?$`;
// Names of buckets as AWS has them, dots included.
const S3 = String.raw`^s3://[a-z0-9][-a-z0-9.]{1,61}[a-z0-9](/[^/\x00-\x1f]+)*/?$`;
/** None of them may be a part of a path. */
const DOTS = ['.', '..'];

/** What is told of a location that is none. */
export const STORAGE_LOCATION_RULE = "must be s3://BUCKET, s3://BUCKET/PREFIX, pvc://CLAIM or pvc://CLAIM/PATH, without '.' or '..' in the path";

/** True for s3://bucket/prefix and pvc://claim/path as a Backup may name them. '' is none. */
export function isStorageLocation(text: string): boolean {
  return (new RegExp(PVC).test(text) || new RegExp(S3).test(text)) && !text.split('/').some((part) => DOTS.includes(part));
}

const cel = (pattern: string): string => `self.matches('${pattern.replaceAll('\\', String.raw`\\`)}')`;

/** The same, or '', as a rule in CEL. */
export const STORAGE_LOCATION_CEL = `self == '' || ((${cel(PVC)} || ${cel(S3)}) && !self.contains('/../') && !self.endsWith('/..') && !self.contains('/./') && !self.endsWith('/.'))`;
