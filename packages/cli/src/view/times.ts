// Moments as people say them. Pure.
import { readableSeconds, type ObjectMeta } from '@postgres-operator/api';

/** Objects by when they were created. */
export const newestFirst = <T extends { readonly metadata: Pick<ObjectMeta, 'creationTimestamp'> }>(objects: readonly T[]): T[] => [...objects].sort((one, other) => createdAt(other) - createdAt(one));

const createdAt = ({ metadata }: { readonly metadata: Pick<ObjectMeta, 'creationTimestamp'> }): number => Date.parse(metadata.creationTimestamp ?? '');

/** `2h5m ago`, or `in 5m` for what is still to come; `-` for no time at all. */
export function fromNow(time: string | undefined, now: number): string {
  const at = Date.parse(time ?? '');
  if (Number.isNaN(at)) return '-';
  const seconds = Math.round(Math.abs(now - at) / 1000);
  return at > now ? `in ${readableSeconds(seconds)}` : `${readableSeconds(seconds)} ago`;
}
