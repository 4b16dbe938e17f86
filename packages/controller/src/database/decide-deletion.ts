// Takes a deleted Database down in order: servers, then Services, then configuration with the Secrets. Each is gone
// before the next, and all before the Database, so that one created again under its name starts from a clean table.
import type { DatabaseStatus, ObjectMeta } from '@postgres-operator/api';
import type { AppliedResource, Effect, Plan } from '../reconcile/plan.ts';
import type { DatabaseWorld } from './observe.ts';

export function decideDeletion({ database, statefulSet, service, headlessService, readOnlyService, config }: DatabaseWorld): Plan<DatabaseStatus> {
  const { name, namespace, uid, finalizers = [] } = database.metadata;
  if (finalizers.length === 0) return { effects: [] };
  // Foreground: the StatefulSet stays until its pods are gone, the ConfigMap until the Secrets that it owns are.
  const stages: [AppliedResource, { metadata: ObjectMeta } | undefined][][] = [
    [['statefulSets', statefulSet]],
    [['services', service], ['services', headlessService], ['services', readOnlyService]],
    [['configMaps', config]],
  ];
  const stage = stages.find((children) => children.some(([, child]) => child !== undefined));
  if (stage !== undefined) return { effects: stage.flatMap(([resource, child]) => deletion(resource, child)) };
  const object = { apiVersion: database.apiVersion, kind: database.kind, metadata: { name, namespace, uid, finalizers: [] } };
  return { effects: [{ do: 'setFinalizers', object }] };
}

function deletion(resource: AppliedResource, child: { metadata: ObjectMeta } | undefined): Effect[] {
  if (child === undefined || child.metadata.deletionTimestamp !== undefined) return [];
  const { name, namespace, uid } = child.metadata;
  return [{ do: 'delete', resource, target: { namespace, name, uid }, propagation: 'Foreground' }];
}
