// Takes a deleted Database down in order: servers, then volumes that are not kept, Services, and configuration with the Secrets. Each is
// gone before the next, and all before the Database, so that one created again under its name starts from a clean table.
import { ConditionType, DATABASE_FINALIZER, Reason, setConditions, timeOf, type ConditionUpdate, type DatabaseStatus, type ObjectMeta } from '@postgres-operator/api';
import { deletionOf, type AppliedResource, type Plan } from '../../reconcile/plan.ts';
import type { DatabaseWorld } from '../world.ts';
import { dataClaims } from '../storage/growth.ts';

type Child = { readonly metadata: ObjectMeta } | undefined;
type Stage = readonly [what: string, resource: AppliedResource | 'claims', children: readonly Child[]];

export function decideDeletion(world: DatabaseWorld, now: number): Plan<DatabaseStatus> {
  const { database } = world;
  const { name, namespace, uid, finalizers = [] } = database.metadata;
  if (!finalizers.includes(DATABASE_FINALIZER)) return { effects: [] };
  const stage = stagesOf(world).find(([, , children]) => children.some((child) => child !== undefined));
  if (stage !== undefined) return { effects: stage[2].flatMap((child) => (child === undefined ? [] : deletionOf(stage[1], child, 'Foreground'))), status: going(world, stage[0], now) };
  const object = { apiVersion: database.apiVersion, kind: database.kind, metadata: { name, namespace, uid, finalizers: [] } };
  return { effects: [{ do: 'setFinalizers', object }] };
}

// Deleted in the foreground, the StatefulSet stays until its pods are gone, and the ConfigMap until the Secrets that it owns are.
const stagesOf = (world: DatabaseWorld): Stage[] => [
  ['the servers', 'statefulSets', [world.statefulSet]],
  ['the volumes', 'claims', world.database.spec.deletionPolicy === 'Delete' ? dataClaims(world) : []],
  ['the Services', 'services', [world.service, world.headlessService, world.readOnlyService]],
  ['the disruption budget', 'disruptionBudgets', [world.disruptionBudget]],
  ['the configuration and the Secrets', 'configMaps', [world.config]],
];

function going({ database: { metadata, status } }: DatabaseWorld, what: string, now: number): DatabaseStatus {
  const word = { reason: Reason.Deleting, message: `The Database was deleted: waiting until ${what} are gone` };
  const updates: ConditionUpdate[] = [
    { type: ConditionType.Ready, status: 'False', ...word },
    { type: ConditionType.Progressing, status: 'True', ...word },
  ];
  return { ...status, ready: false, conditions: setConditions(status?.conditions, updates, { generation: metadata.generation ?? 0, now: timeOf(now) }) };
}
