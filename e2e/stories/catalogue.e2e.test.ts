import { beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../harness/kubectl.ts';
import { settingsSecret, startObjectStore, type ObjectStore } from '../harness/object-store.ts';
import { applyAndWait, backup, conditionOf, database, storyNamespace, waitFor, type Manifest } from '../harness/story.ts';

const BUCKET = 'backups';
const LOCATION = { storageLocation: `s3://${BUCKET}/prod`, credentialsRef: { name: 'keys' } };
const ADOPTED = 'database.example.com/adopted';
const SCAN = 'database.example.com/scan';

describe('What is left of a cluster is a bucket', () => {
  // Nothing of this namespace but its name is in the one that is lost.
  const elsewhere = storyNamespace('bucket-of-lost');
  const kubectl = storyNamespace('lost');
  let store: ObjectStore;
  /** Keys of everything that was stored when the cluster was lost. */
  let keys: string[];

  const rows = (): Promise<string> => kubectl.sql('shop', 'shop', 'select count(*) from orders');
  const adopted = async (): Promise<KubeObject[]> => (await kubectl.list('backups', `${ADOPTED}=catalogue`)).sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
  const folders = (): string[] => keys.filter((key) => key.endsWith('/manifest.json')).map((key) => key.split('/').at(-2) ?? '');

  /** A schedule that never runs, and has its storage looked at. */
  const catalogue = (value: string): Manifest => ({ ...backup('catalogue', 'shop', { schedule: '@yearly', suspend: true, ...LOCATION }), metadata: { name: 'catalogue', annotations: { [SCAN]: value } } as Manifest['metadata'] });

  async function scan(value: string): Promise<KubeObject> {
    await kubectl.apply(catalogue(value));
    return waitFor(kubectl, 'backup/catalogue', {
      what: `the end of scan ${value}`,
      wanted: ({ status }) => (status?.['catalogue'] as { request?: string; completedAt?: string } | undefined)?.request === value && conditionOf({ status } as KubeObject, 'CatalogueScanned')?.status === 'True',
    });
  }

  beforeAll(async () => {
    store = await startObjectStore(elsewhere, { secret: 'keys', buckets: [BUCKET] });
    await kubectl.apply(settingsSecret('keys', store.settings));
    await applyAndWait(kubectl, database('shop'), 'Ready');
    await kubectl.sql('shop', 'shop', 'set role app; create table orders as select n as id from generate_series(1, 10) n');
    await applyAndWait(kubectl, backup('older', 'shop', LOCATION), 'Completed');
    await kubectl.sql('shop', 'shop', 'insert into orders select generate_series(11, 25)');
    await applyAndWait(kubectl, backup('newer', 'shop', LOCATION), 'Completed');
    keys = await store.keys(BUCKET);
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: kubectl.namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } };
    // First what has pods: of a namespace with a server Kubernetes looks again after a minute only.
    await kubectl('delete', 'databases,backups', '--all', '--timeout=240s');
    await kubectl('delete', 'namespace', kubectl.namespace, '--timeout=280s');
    await kubectl.apply(namespace);
    await kubectl.apply(settingsSecret('keys', store.settings));
  });

  it('in which a scan finds every backup, and gives each an object that is Completed; what a killed run left it tells of', async () => {
    const left = `prod/${kubectl.namespace}/shop/killed-0a1b2c3d`;
    for (const name of ['dump.1a1b2c3d.pgcustom.zst', 'globals.1a1b2c3d.sql.zst']) await store.leave(BUCKET, `${left}/${name}`, 2);
    const { status } = await scan('first');
    expect(status?.['catalogue']).toMatchObject({ adopted: 2, known: 0, refused: 0, orphans: { count: 1, first: ['killed-0a1b2c3d'] } });
    expect(await store.keys(BUCKET)).toHaveLength(keys.length + 2);
    const names = (await adopted()).map(({ metadata }) => metadata.name);
    expect(names).toEqual(folders().sort());
    for (const name of names) await waitFor(kubectl, `backup/${name}`, { what: 'Completed', wanted: (seen) => seen.status?.phase === 'Completed' });
  });

  it('and a Database that starts with the newest of them has its rows', async () => {
    const newest = folders().find((folder) => folder.startsWith('newer-')) ?? '';
    await applyAndWait(kubectl, database('shop', { backupRef: { name: newest } }), 'Ready');
    expect(await rows()).toBe('25');
  });

  it('A Backup that was adopted takes nothing with it when it goes; another scan brings it back, changes no other, and removes what the killed run left, as it was asked to', async () => {
    const [gone, kept] = await adopted();
    await kubectl('delete', 'backup', gone?.metadata.name ?? '', '--timeout=30s');
    expect(await store.keys(BUCKET)).toEqual(expect.arrayContaining(keys));
    const { status } = await scan('remove-orphans-second');
    expect(status?.['catalogue']).toMatchObject({ adopted: 1, known: 1, refused: 0, orphans: { count: 0, removed: 1 } });
    const again = await adopted();
    expect(again.map(({ metadata }) => metadata.name)).toEqual([gone?.metadata.name, kept?.metadata.name]);
    expect(again[1]?.metadata.uid).toBe(kept?.metadata.uid);
    expect(again[0]?.metadata.uid).not.toBe(gone?.metadata.uid);
    expect(await store.keys(BUCKET)).toEqual(keys);
  });
});
