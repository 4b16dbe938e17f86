// Whether a child still is what is wanted.
import { createHash } from 'node:crypto';
import { ANNOTATION_APPLIED } from '@postgres-operator/api';
import type { Writable } from '../kube/client.ts';

interface WithAnnotations {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}

/** Notes the hash of a manifest in an annotation of it, so that a later look sees whether another one is wanted. */
export function stamped<T extends Writable>(object: T): T {
  const hash = createHash('sha256').update(JSON.stringify(object)).digest('hex').slice(0, 16);
  const { annotations } = object.metadata as WithAnnotations['metadata'];
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [ANNOTATION_APPLIED]: hash } } };
}

/**
 * True when the live object was made from another manifest, or when somebody changed a field that the manifest sets.
 * Fields that the manifest does not name are the API server's or somebody else's.
 */
export function drifted(wanted: Writable, live: WithAnnotations): boolean {
  const { annotations } = wanted.metadata as WithAnnotations['metadata'];
  if (annotations?.[ANNOTATION_APPLIED] !== live.metadata.annotations?.[ANNOTATION_APPLIED]) return true;
  return !covers(live, wanted);
}

/** True when every field of `wanted` has that value in `live`. */
export function covers(live: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) return Array.isArray(live) && wanted.length === live.length && wanted.every((value, index) => covers(live[index], value));
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof live !== 'object' || live === null) return Object.keys(wanted).length === 0;
    return Object.entries(wanted).every(([key, value]) => value === undefined || covers((live as Record<string, unknown>)[key], value));
  }
  return live === wanted || sameQuantity(live, wanted);
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
};

/** The value of a Kubernetes quantity, or undefined. The API server writes quantities its own way: 1024Mi becomes 1Gi. */
export function quantityValue(text: unknown): number | undefined {
  const match = /^([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([eE][0-9]+)?(m|[kMGTPE]|[KMGTPE]i)?$/.exec(String(text));
  const unit = UNITS[match?.[3] ?? ''];
  return match === null || unit === undefined ? undefined : Number(`${match[1]}${match[2] ?? ''}`) * unit;
}

function sameQuantity(one: unknown, other: unknown): boolean {
  const value = quantityValue(one);
  return value !== undefined && value === quantityValue(other);
}
