// What all children of a Database carry.
import { controllerReference, LABEL_DATABASE, LABEL_MANAGED_BY, MANAGED_BY, type Database } from '@postgres-operator/api';
import type { Writable } from '../../kube/client.ts';

/** Labels of everything that belongs to a Database. */
export const childLabels = (database: string): Record<string, string> => ({ [LABEL_MANAGED_BY]: MANAGED_BY, [LABEL_DATABASE]: database });

/** Labels that the course selects a Database's pods by. The selectors of its Services use them too. */
export const podLabels = (database: string): Record<string, string> => ({ app: 'database', name: database, database });

/** metadata of a child that the Database controls. */
export const childMetadata = (database: Database, name: string): Writable['metadata'] & { labels: Record<string, string> } => ({
  name,
  namespace: database.metadata.namespace,
  labels: childLabels(database.metadata.name),
  ...{ ownerReferences: [controllerReference(database)] },
});
