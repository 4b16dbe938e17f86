// Kubernetes' garbage collector: each thing it would do is a step of its own, so that it may come late.
import { RESOURCES } from '../../src/kube/resources.ts';
import type { Step } from './dice.ts';
import type { ModelApi } from './model-api.ts';
import { FOREGROUND, isDeleting, type Stored } from './objects.ts';

const byPlural = new Map(Object.values(RESOURCES).map((resource) => [resource.plural as string, resource]));

export function collectorSteps(api: ModelApi): Step[] {
  const all = api.everything();
  return all.flatMap(({ plural, object }) => {
    const resource = byPlural.get(plural);
    if (resource === undefined) return [];
    const { metadata } = object;
    const { ownerReferences = [], finalizers = [] } = metadata;
    if (ownerReferences.length > 0 && !isDeleting(object) && ownerReferences.every(({ uid }) => !api.exists(uid))) {
      return [{ name: `collect orphan ${plural} ${metadata.name}`, run: () => api.delete(resource, metadata, 'Background', 'cluster') }];
    }
    if (!finalizers.includes(FOREGROUND)) return [];
    return foreground(api, object, all);
  });
}

/** An object that is deleted in the foreground goes after the dependents that block it. */
function foreground(api: ModelApi, owner: Stored, all: readonly { plural: string; object: Stored }[]): Step[] {
  const dependents = all.filter(({ object }) => object.metadata.ownerReferences?.some((reference) => reference.uid === owner.metadata.uid && reference.blockOwnerDeletion));
  if (dependents.length === 0) {
    const plural = all.find(({ object }) => object === owner)?.plural ?? '';
    const resource = byPlural.get(plural);
    return resource === undefined ? [] : [{ name: `finish ${plural} ${owner.metadata.name}`, run: () => api.release(resource, owner, FOREGROUND) }];
  }
  return dependents.flatMap(({ plural, object }) => {
    const resource = byPlural.get(plural);
    if (resource === undefined || isDeleting(object)) return [];
    return [{ name: `collect ${plural} ${object.metadata.name}`, run: () => api.delete(resource, object.metadata, 'Background', 'cluster') }];
  });
}
