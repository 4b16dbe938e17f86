import { childNames } from '@postgres-operator/api';
import type { Kube } from '../kube/client.ts';
import { isRefused } from '../kube/errors.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { DatabaseWorld } from './world.ts';

/** How often the Secrets of a Database that is Ready are asked for. Two calls each time, so not often; a pod that waits for one is quicker. */
const SECRETS_MS = 300_000;
/** While their owner is young, the Secrets of an earlier one may be on their way out: whoever deletes the ConfigMap deletes them too. */
const YOUNG_MS = 60_000;
const SECRETS_OF_YOUNG_MS = 10_000;

/** True for a Database whose Secrets may go at any moment. */
export const isOwnerYoung = ({ config }: Pick<DatabaseWorld, 'config'>, now: number): boolean => now - Date.parse(config?.metadata.creationTimestamp ?? '') < YOUNG_MS;

/**
 * Asks now and then whether the Secrets are there: nothing tells that somebody deleted one. When it was last asked is the only thing that is
 * remembered in the process; a new process counts from its start.
 */
export function secretAsker(kube: Kube): (world: DatabaseWorld, when: { readonly now: number; readonly signal: AbortSignal }) => Promise<DatabaseWorld> {
  const asked = new Map<string, number>();
  return async (world, { now, signal }) => {
    const { metadata, status } = world.database;
    if (status?.phase !== 'Ready' || metadata.deletionTimestamp !== undefined) {
      asked.delete(metadata.uid);
      return world;
    }
    const last = asked.get(metadata.uid);
    if (last === undefined || now - last < (isOwnerYoung(world, now) ? SECRETS_OF_YOUNG_MS : SECRETS_MS)) {
      asked.set(metadata.uid, last ?? now);
      return world;
    }
    asked.set(metadata.uid, now);
    const { credentials, internal } = childNames(metadata.name);
    for (const name of [credentials, internal]) {
      // A quota or an admission rule against Secrets says nothing about this one.
      const exists = await kube.exists(RESOURCES.secrets, { namespace: metadata.namespace, name }, signal).catch((error: unknown) => {
        if (isRefused(error)) return true;
        throw error;
      });
      if (!exists) return { ...world, lacksSecret: true };
    }
    return world;
  };
}
