import type { Kube, Writable } from '../../kube/client.ts';
import { isForbidden, isInvalid } from '../../kube/errors.ts';
import { RESOURCES } from '../../kube/resources.ts';
import type { Caches } from '../../reconcile/caches.ts';
import type { DatabaseWorld, Refusal } from '../world.ts';
import { claimsToGrow } from './growth.ts';

/**
 * Asks the API server to let claims grow; the world then has them as they are, and what it refused. Whether a StorageClass can grow its
 * volumes is not looked up: the answer says it, and needs no right to read StorageClasses.
 */
export async function growVolumes({ kube, caches }: { kube: Kube; caches: Caches }, world: DatabaseWorld, signal: AbortSignal): Promise<DatabaseWorld> {
  const { size } = world.database.spec.storage;
  const refusals: Refusal[] = [];
  for (const { metadata } of claimsToGrow(world)) {
    const { name, namespace, uid } = metadata;
    const patch = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace, uid }, spec: { resources: { requests: { storage: size } } } } as Writable;
    try {
      caches.claims.upsert(await kube.merge(RESOURCES.claims, patch, signal));
    } catch (error) {
      // A quota, too, is told in the condition. All else is tried again as it is with other calls.
      if (!(error instanceof Error) || !(isForbidden(error) || isInvalid(error))) throw error;
      refusals.push({ claim: name, message: error.message });
    }
  }
  return { ...world, refusals };
}
