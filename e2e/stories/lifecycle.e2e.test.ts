import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyAndWait, backup, conditionOf, database, storyNamespace, waitFor, waitForPhase } from '../harness/story.ts';
import type { Kubectl } from '../harness/kubectl.ts';

const secretOf = (name: string, stringData: Record<string, string>): object => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData });

/** Logs in through the Service, as an application does; true when that works. To be asked again for what is to come: a node hears of a new route a moment later. */
async function canLogIn(kubectl: Kubectl, name: string, connection: readonly string[], password?: string): Promise<boolean> {
  const env = password === undefined ? [] : ['env', `PGPASSWORD=${password}`];
  const { exitCode } = await kubectl.attempt('exec', `${name}-0`, '-c', 'postgres', '--', ...env, 'psql', '-XAtw', ...connection, '-c', 'select 1');
  return exitCode === 0;
}

const SOON = { timeout: 120_000, interval: 500 };

describe('Secrets: what applications log in with', () => {
  const kubectl = storyNamespace('secrets');
  const [username, databaseName] = [`o'clerk "x"@%`, `dürer's /db?`];
  const asOwner = ['-h', 'mine', '-U', username, '-d', databaseName];

  beforeAll(async () => {
    await kubectl.apply(secretOf('mine-credentials', { username, database: databaseName, password: 'chosen: \'"\\ by me' }));
    await Promise.all([applyAndWait(kubectl, database('made', { username, databaseName }), 'Ready'), applyAndWait(kubectl, database('mine', { username, databaseName }), 'Ready')]);
  });

  it('key uri of the Secret that the operator made is enough to connect, whatever the names', async () => {
    const uri = Buffer.from(await kubectl('get', 'secret', 'made-credentials', '-o', 'jsonpath={.data.uri}'), 'base64').toString();
    await expect.poll(() => canLogIn(kubectl, 'made', ['-d', uri]), SOON).toBe(true);
  });

  it('a Secret that was there before is used as it is', async () => {
    await expect.poll(() => canLogIn(kubectl, 'mine', asOwner, 'chosen: \'"\\ by me'), SOON).toBe(true);
    expect(JSON.parse(await kubectl('get', 'secret', 'mine-credentials', '-o', 'jsonpath={.data}'))).not.toHaveProperty('uri');
  });

  it('another password in the Secret is the one that works, and the old one works no longer', async () => {
    await kubectl('patch', 'secret', 'mine-credentials', '--type=merge', '-p', JSON.stringify({ stringData: { password: 'another' } }));
    // The kubelet looks at Secrets anew after 60 to 90 s, and at the server's readiness every 5 s: two minutes on a machine that has time for it.
    await expect.poll(() => canLogIn(kubectl, 'mine', asOwner, 'another'), { timeout: 240_000, interval: 1000 }).toBe(true);
    expect(await canLogIn(kubectl, 'mine', asOwner, 'chosen: \'"\\ by me')).toBe(false);
    expect(await kubectl('logs', 'mine-0', '-c', 'postgres')).not.toContain('another');
  });

  it('a Secret without the key that is needed keeps the Database from starting, and the condition says which', async () => {
    await kubectl.apply(secretOf('bare-credentials', { username, database: databaseName }));
    await kubectl.apply(database('bare', { username, databaseName }));
    await waitFor(kubectl, 'database/bare', { what: 'a condition that names the key', wanted: (object) => /Secret bare-credentials has no key password/.test(conditionOf(object, 'Ready')?.message ?? '') });
    await kubectl('patch', 'secret', 'bare-credentials', '--type=merge', '-p', JSON.stringify({ stringData: { password: 'late' } }));
    // The kubelet tries volumes again after up to two minutes.
    await waitForPhase(kubectl, 'database/bare', 'Ready', 360);
  });
});

describe('Storage grows with the spec', () => {
  const kubectl = storyNamespace('growth');
  const expandable = kubectl.namespace;
  const grow = (name: string): Promise<string> => kubectl('patch', 'database', name, '--type=merge', '-p', JSON.stringify({ spec: { storage: { size: '2Gi' } } }));

  beforeAll(async () => {
    const [standard] = await kubectl.list<{ provisioner: string; volumeBindingMode: string }>('storageclass');
    await kubectl.apply({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: expandable, annotations: { defaultVolumeType: 'local' } }, provisioner: standard?.provisioner, volumeBindingMode: standard?.volumeBindingMode, allowVolumeExpansion: true });
    await Promise.all([applyAndWait(kubectl, database('fixed'), 'Ready'), applyAndWait(kubectl, database('elastic', { storage: { size: '1Gi', storageClass: expandable } }), 'Ready')]);
  });
  afterAll(() => kubectl('delete', 'storageclass', expandable));

  it('where the class does not allow it, a condition says why and what to do, and the database goes on', async () => {
    await grow('fixed');
    const seen = await waitFor(kubectl, 'database/fixed', { what: 'GrowthRefused', wanted: (object) => conditionOf(object, 'StorageGrown')?.reason === 'GrowthRefused' });
    expect(conditionOf(seen, 'StorageGrown')?.message).toMatch(/data-fixed-0 keeps its size.*only dynamically provisioned pvc can be resized.*allowVolumeExpansion/);
    expect(seen.status?.phase).toBe('Ready');
  });

  // The driver of this cluster grows nothing: the claim asks for more, and the condition says that it waits.
  it('where it does, the claim asks for it, and a condition follows', async () => {
    await grow('elastic');
    const seen = await waitFor(kubectl, 'database/elastic', { what: 'Growing', wanted: (object) => conditionOf(object, 'StorageGrown')?.reason === 'Growing' });
    expect(conditionOf(seen, 'StorageGrown')?.message).toMatch(/to 2Gi: data-elastic-0 has 1Gi/);
    expect((await kubectl.get('pvc', 'data-elastic-0'))?.spec['resources']).toMatchObject({ requests: { storage: '2Gi' } });
    await kubectl('patch', 'pvc', 'data-elastic-0', '--subresource=status', '--type=merge', '-p', JSON.stringify({ status: { capacity: { storage: '2Gi' } } }));
    await waitFor(kubectl, 'database/elastic', { what: 'Grown', wanted: (object) => conditionOf(object, 'StorageGrown')?.status === 'True' });
  });
});

describe('A Backup before a Database goes', () => {
  const kubectl = storyNamespace('final-backup');
  const finals = async (name: string): Promise<string[]> => (await kubectl.list('backups')).map(({ metadata }) => metadata.name).filter((backupName) => backupName.startsWith(`${name}-final-`));
  /** Takes the database from where Backups look for it. */
  const hide = (name: string): Promise<string> => kubectl.sql(name, 'postgres', "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = 'shop'; alter database shop rename to away");
  const orders = 'set role app; create table orders as select n as id from generate_series(1, 777) n';

  beforeAll(async () => {
    const manifests = ['good', 'stuck', 'skipped'].map((name) => database(name, { finalBackup: true, deletionPolicy: 'Delete' }));
    await Promise.all(manifests.map((manifest) => applyAndWait(kubectl, manifest, 'Ready')));
    for (const name of ['good', 'stuck', 'skipped']) await kubectl.sql(name, 'shop', orders);
  });

  it('it is Completed and holds the rows; then everything goes, the volume too', async () => {
    await kubectl('delete', 'database', 'good', '--timeout=280s');
    const [name = ''] = await finals('good');
    expect((await kubectl.get('backup', name))?.status).toMatchObject({ phase: 'Completed', rows: 777 });
    const left = (await kubectl('get', 'statefulset,service,secret,configmap,pvc', '-o', 'name')).split('\n').filter((child) => child.includes('good'));
    expect(left).toEqual(['persistentvolumeclaim/good-backups']);
  });

  it('when it fails, nothing is taken down, and the condition says why and what to do; mended, it goes', async () => {
    await hide('stuck');
    await kubectl('delete', 'database', 'stuck', '--wait=false');
    const seen = await waitFor(kubectl, 'database/stuck', { what: 'FinalBackupFailed', wanted: (object) => conditionOf(object, 'FinalBackup')?.reason === 'FinalBackupFailed' });
    expect(conditionOf(seen, 'FinalBackup')?.message).toMatch(/Nothing is taken down.*skip-final-backup=true/);
    expect(await kubectl.sql('stuck', 'away', 'select count(*) from orders')).toBe('777');
    await kubectl.sql('stuck', 'postgres', 'alter database away rename to shop');
    await kubectl('delete', 'backup', ...(await finals('stuck')));
    await kubectl('wait', 'database/stuck', '--for=delete', '--timeout=280s');
    expect((await kubectl.get('backup', (await finals('stuck'))[0] ?? ''))?.status).toMatchObject({ phase: 'Completed', rows: 777 });
  });

  it('an annotation lets it go without', async () => {
    await hide('skipped');
    await kubectl('delete', 'database', 'skipped', '--wait=false');
    await waitFor(kubectl, 'database/skipped', { what: 'FinalBackupFailed', wanted: (object) => conditionOf(object, 'FinalBackup')?.reason === 'FinalBackupFailed' });
    await kubectl('annotate', 'database', 'skipped', 'database.example.com/skip-final-backup=true');
    await kubectl('wait', 'database/skipped', '--for=delete', '--timeout=280s');
  });
});

describe('A namespace with a Database that wants a final Backup', () => {
  const kubectl = storyNamespace('whole-namespace');

  it('can be deleted', async () => {
    await applyAndWait(kubectl, database('shop', { finalBackup: true }), 'Ready');
    await applyAndWait(kubectl, backup('kept', 'shop'), 'Completed');
    await kubectl('delete', 'namespace', kubectl.namespace, '--timeout=280s');
  });
});
