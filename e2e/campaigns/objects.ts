// The objects of a campaign: one Database, and Backups and Restores of it.
import { waitFor } from '../cluster/api.ts';
import type { AdminApi, ApiObject } from './api.ts';

export type RunKind = 'Backup' | 'Restore';
export const RUN_KINDS: readonly RunKind[] = ['Backup', 'Restore'];

export const DATABASE = 'shop';
/** The Backup that every Restore restores. */
export const REFERENCE = 'reference';

const API = '/apis/database.example.com/v1';

/** Where an object is; without a name, where its kind is. */
export const pathOf = (kind: RunKind | 'Database', namespace: string, name?: string): string => `${API}/namespaces/${namespace}/${kind.toLowerCase()}s${name === undefined ? '' : `/${name}`}`;

export const jobsPath = (namespace: string): string => `/apis/batch/v1/namespaces/${namespace}/jobs`;
export const podsPath = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`;

const SPECS: Readonly<Record<RunKind | 'Database', object>> = {
  Database: { image: 'postgres:14', databaseName: 'shop', username: 'app', storage: { size: '1Gi' } },
  Backup: { databaseRef: { name: DATABASE } },
  Restore: { databaseRef: { name: DATABASE }, backupRef: { name: REFERENCE } },
};

/** Creates an object of the campaign. */
export function createObject(api: AdminApi, kind: RunKind | 'Database', { namespace, name }: { namespace: string; name: string }): Promise<ApiObject> {
  return api.create(pathOf(kind, namespace), { apiVersion: 'database.example.com/v1', kind, metadata: { name, namespace }, spec: SPECS[kind] });
}

/** Waits until an object is in one of these phases. */
export function untilPhase(api: AdminApi, path: string, phases: readonly string[]): Promise<ApiObject> {
  return waitFor(`${path} to be ${phases.join(' or ')}`, 240, async () => {
    const object = await api.get(path);
    if (object?.status?.phase === undefined || !phases.includes(object.status.phase)) throw new Error(`it is ${JSON.stringify(object?.status)}`);
    return object;
  });
}
