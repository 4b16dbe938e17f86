// People: they create, edit, delete and create again, delete Jobs and pods, and sometimes hold a name that the operator wants.
import { API_VERSION, childNames, controllerOf, type Backup, type Database, type Restore } from '@postgres-operator/api';
import { RESOURCES, type ResourceType } from '../../src/kube/resources.ts';
import { BACKUP_DEFAULTS, RESTORE_DEFAULTS } from '../fixtures.ts';
import type { Dice, Step } from './dice.ts';
import type { ModelApi } from './model-api.ts';
import { isDeleting, NAMESPACE, type Stored } from './objects.ts';

const DATABASES = ['a', 'b'];
const BACKUPS = ['x', 'y', 'z'];
const RESTORES = ['r', 's'];
const IMAGES = ['postgres:14', 'postgres:14.1'];

const metadata = (name: string): { name: string; namespace: string } => ({ name, namespace: NAMESPACE });

export const createDatabase = (api: ModelApi, name: string): void => {
  const spec: Database['spec'] = { image: 'postgres:14', replicas: 1, databaseName: 'orders', username: 'clerk', storage: { size: '1Gi' }, deletionPolicy: 'Retain', finalBackup: false };
  api.create(RESOURCES.databases, { apiVersion: API_VERSION, kind: 'Database', metadata: metadata(name), spec }, 'user');
};

export const createBackup = (api: ModelApi, name: string, database: string, backoffLimit = 0): void => {
  const spec: Backup['spec'] = { databaseRef: { name: database }, ...BACKUP_DEFAULTS, backoffLimit };
  api.create(RESOURCES.backups, { apiVersion: API_VERSION, kind: 'Backup', metadata: metadata(name), spec }, 'user');
};

const createRestore = (api: ModelApi, name: string, names: { database: string; backup: string }): void => {
  const spec: Restore['spec'] = { databaseRef: { name: names.database }, backupRef: { name: names.backup }, ...RESTORE_DEFAULTS };
  api.create(RESOURCES.restores, { apiVersion: API_VERSION, kind: 'Restore', metadata: metadata(name), spec }, 'user');
};

/** One thing that a person does; undefined when there is nothing of the kind to do it to. */
export function userStep(api: ModelApi, dice: Dice): Step | undefined {
  const kinds = [createRun, createRun, createRun, createRun, createRun, createRun, createAnyDatabase, deleteRun, deleteWork, editRun, editDatabase, deleteDatabase, holdName, deleteRun, deleteWork];
  return kinds[dice.below(kinds.length)]?.(api, dice);
}

function createRun(api: ModelApi, dice: Dice): Step | undefined {
  const database = DATABASES[dice.below(8) === 7 ? 1 : 0] ?? '';
  if (dice.below(2) === 0) {
    const name = dice.of(BACKUPS.filter((free) => api.find(RESOURCES.backups, free) === undefined));
    const retries = dice.below(3);
    return name === undefined ? undefined : { name: `user creates Backup ${name} of ${database}, ${retries} retries`, run: () => createBackup(api, name, database, retries) };
  }
  const name = dice.of(RESTORES.filter((free) => api.find(RESOURCES.restores, free) === undefined));
  const backup = dice.of(BACKUPS) ?? '';
  return name === undefined ? undefined : { name: `user creates Restore ${name} of ${backup} into ${database}`, run: () => createRestore(api, name, { database, backup }) };
}

function createAnyDatabase(api: ModelApi, dice: Dice): Step | undefined {
  const name = dice.of(DATABASES.filter((free) => api.find(RESOURCES.databases, free) === undefined));
  return name === undefined ? undefined : { name: `user creates Database ${name}`, run: () => createDatabase(api, name) };
}

const deletion = (api: ModelApi, resource: ResourceType<unknown>, object: Stored | undefined): Step | undefined =>
  object === undefined || isDeleting(object) ? undefined : { name: `user deletes ${object.kind} ${object.metadata.name}`, run: () => api.delete(resource, object.metadata, 'Background', 'user') };

const deleteDatabase = (api: ModelApi, dice: Dice): Step | undefined => deletion(api, RESOURCES.databases, dice.of(api.all(RESOURCES.databases)));

const deleteRun = (api: ModelApi, dice: Dice): Step | undefined =>
  dice.below(2) === 0 ? deletion(api, RESOURCES.backups, dice.of(api.all(RESOURCES.backups))) : deletion(api, RESOURCES.restores, dice.of(api.all(RESOURCES.restores)));

function deleteWork(api: ModelApi, dice: Dice): Step | undefined {
  const resource: ResourceType<unknown> = dice.below(2) === 0 ? RESOURCES.jobs : RESOURCES.pods;
  return deletion(api, resource, dice.of(api.all(resource) as Stored[]));
}

function editRun(api: ModelApi, dice: Dice): Step | undefined {
  const run = dice.of<Backup | Restore>([...api.all(RESOURCES.backups), ...api.all(RESOURCES.restores)]);
  if (run === undefined || isDeleting(run)) return undefined;
  const resource: ResourceType<Backup | Restore> = run.kind === 'Backup' ? RESOURCES.backups : RESOURCES.restores;
  const moved = run.spec.databaseRef.name === 'a' ? 'b' : 'a';
  const spec = dice.below(2) === 0 ? { ...run.spec, activeDeadlineSeconds: run.spec.activeDeadlineSeconds + 1 } : { ...run.spec, databaseRef: { name: moved } };
  return { name: `user edits ${run.kind} ${run.metadata.name}: ${JSON.stringify(spec)}`, run: () => void api.update(resource, run, { spec }, 'user') };
}

function editDatabase(api: ModelApi, dice: Dice): Step | undefined {
  const database = dice.of(api.all(RESOURCES.databases));
  if (database === undefined || isDeleting(database)) return undefined;
  const image = IMAGES.find((other) => other !== database.spec.image) ?? '';
  const spec = dice.below(2) === 0 ? { ...database.spec, image } : { ...database.spec, replicas: 3 - database.spec.replicas };
  return { name: `user edits Database ${database.metadata.name}`, run: () => void api.update(RESOURCES.databases, database, { spec }, 'user') };
}

/** Somebody else's object under a name that a Database wants, or the end of it. */
function holdName(api: ModelApi, dice: Dice): Step | undefined {
  const names = childNames(dice.of(DATABASES) ?? '');
  const places = [
    { resource: RESOURCES.configMaps, apiVersion: 'v1', kind: 'ConfigMap', name: names.config },
    { resource: RESOURCES.services, apiVersion: 'v1', kind: 'Service', name: names.service },
    { resource: RESOURCES.services, apiVersion: 'v1', kind: 'Service', name: names.headlessService },
    { resource: RESOURCES.statefulSets, apiVersion: 'apps/v1', kind: 'StatefulSet', name: names.statefulSet },
  ];
  const place = dice.of(places);
  if (place === undefined) return undefined;
  const { resource, apiVersion, kind, name } = place;
  const held = api.find<Stored>(resource as ResourceType<unknown> as ResourceType<Stored>, name);
  if (held !== undefined) return controllerOf(held) === undefined ? deletion(api, resource, held) : undefined;
  return { name: `somebody holds ${kind} ${name}`, run: () => void api.create<object>(resource, { apiVersion, kind, metadata: metadata(name), spec: { theirs: true } }, 'user') };
}
