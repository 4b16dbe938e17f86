// Whether a child still is what is wanted.
import { ANNOTATION_APPLIED, quantityValue } from '@postgres-operator/api';
import type { Writable } from '../kube/client.ts';
import { digestOf } from './digest.ts';

interface WithAnnotations {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}

/** Notes the hash of a manifest in an annotation of it, so that a later look sees whether another one is wanted. */
export function stamped<T extends Writable>(object: T): T {
  const digest = digestOf(JSON.stringify(object));
  const { annotations } = object.metadata as WithAnnotations['metadata'];
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [ANNOTATION_APPLIED]: digest } } };
}

/** True when the live object was made from this manifest, whatever somebody changed in it since. */
export function isMadeFrom(wanted: Writable, live: WithAnnotations): boolean {
  const { annotations } = wanted.metadata as WithAnnotations['metadata'];
  return annotations?.[ANNOTATION_APPLIED] === live.metadata.annotations?.[ANNOTATION_APPLIED];
}

/**
 * True when the live object was made from another manifest, or when somebody changed a field that the manifest sets.
 * Fields that the manifest does not name are the API server's or somebody else's.
 */
export const drifted = (wanted: Writable, live: WithAnnotations): boolean => !isMadeFrom(wanted, live) || !covers(live, wanted);

/** Maps whose values are quantities; everywhere else 1000 and 1k are two texts. */
const QUANTITIES = ['requests', 'limits'];
const isQuantity = (key: string, within: boolean): boolean => within || key === 'sizeLimit';

/** True when every field of `wanted` has that value in `live`. */
export function covers(live: unknown, wanted: unknown): boolean {
  return coversAs(live, wanted, false);
}

function coversAs(live: unknown, wanted: unknown, quantity: boolean, below = false): boolean {
  if (Array.isArray(wanted)) return Array.isArray(live) && wanted.length === live.length && wanted.every((value, index) => covers(live[index], value));
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof live !== 'object' || live === null) return Object.keys(wanted).length === 0;
    const fields = live as Record<string, unknown>;
    return Object.entries(wanted).every(([key, value]) => value === undefined || coversAs(fields[key], value, isQuantity(key, below), QUANTITIES.includes(key)));
  }
  return live === wanted || (quantity && sameQuantity(live, wanted));
}

function sameQuantity(one: unknown, other: unknown): boolean {
  const value = quantityValue(one);
  return value !== undefined && value === quantityValue(other);
}
