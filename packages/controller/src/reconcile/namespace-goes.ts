import { isNamespaceTerminating } from '../kube/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import { done, type Reconcile } from '../runtime/outcome.ts';
import type { Logger } from '../telemetry/logger.ts';

/** A namespace that says nothing for so long is gone, or is told of again. */
const TOLD_MS = 600_000;

/**
 * Nothing can be made in a namespace that is being deleted, and each child that goes wakes its owner: a reconcile that is refused for this has
 * not failed. It rests until the next event, which in the end is that its object goes too. It is told once a namespace: when is the only thing
 * that is remembered, and no decision depends on it.
 */
export function restingWhereNamespaceGoes({ clock, log }: { readonly clock: Clock; readonly log: Logger }): (reconcile: Reconcile) => Reconcile {
  const told = new Map<string, number>();
  return (reconcile) => async (key, signal) => {
    try {
      return await reconcile(key, signal);
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error;
      const [namespace = ''] = key.split('/');
      for (const [name, at] of told) if (clock.now() - at > TOLD_MS) told.delete(name);
      if (!told.has(namespace)) log.info('Namespace is being deleted: nothing is made in it any more', { namespace });
      told.set(namespace, clock.now());
      return done();
    }
  };
}
