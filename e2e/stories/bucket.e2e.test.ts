import { hash } from 'node:crypto';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { build, PLUGIN_TARGET } from '../../scripts/build.ts';
import { DAMAGE, SHOP } from '../demo/shop.ts';
import { homeFor } from '../harness/plugin.ts';
import { settingsSecret, startObjectStore, type ObjectStore } from '../harness/object-store.ts';
import { applyAndWait, backup, conditionOf, database, restore, storyNamespace, waitFor, waitForPhase, type Manifest } from '../harness/story.ts';
import { proveTables, type DatabaseProof } from '../harness/table-proof.ts';

const BUCKET = 'shop-backups';

describe('A Backup goes into a bucket and comes back', () => {
  const kubectl = storyNamespace('bucket');
  let store: ObjectStore;
  let whole: DatabaseProof;

  const intoBucket = (name: string, spec: Record<string, unknown> = {}): Manifest =>
    backup(name, 'shop', { storageLocation: `s3://${BUCKET}/nightly`, credentialsRef: { name: 'bucket-keys' }, backoffLimit: 0, ...spec });
  const tables = (): Promise<DatabaseProof> => proveTables(kubectl, 'shop', 'shop');

  /** What the keys of a Backup begin with. */
  const prefixOf = async (name: string): Promise<string> => {
    const { metadata } = (await kubectl.get('backup', name)) ?? { metadata: { uid: '' } };
    return `nightly/${kubectl.namespace}/shop/${name}-${metadata.uid.slice(0, 8)}`;
  };
  const keysOf = async (name: string): Promise<string[]> => {
    const prefix = `${await prefixOf(name)}/`;
    return (await store.keys(BUCKET)).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  };
  const keyOfDump = async (name: string): Promise<string> => `${await prefixOf(name)}/${(await keysOf(name)).find((key) => key.startsWith('dump.')) ?? 'no dump'}`;

  beforeAll(async () => {
    const starting = startObjectStore(kubectl, { secret: 'bucket-keys', buckets: [BUCKET] });
    await applyAndWait(kubectl, database('shop'), 'Ready');
    await kubectl.sql('shop', 'shop', SHOP);
    whole = await tables();
    store = await starting;
  });

  it('as the three objects of the format, with the digest of its manifest in the status', async () => {
    const { status } = await applyAndWait(kubectl, intoBucket('monday'), 'Completed');
    const prefix = await prefixOf('monday');
    expect(await keysOf('monday')).toEqual([expect.stringMatching(/^dump\.[0-9a-f]{8}\.pgcustom\.zst$/), expect.stringMatching(/^globals\.[0-9a-f]{8}\.sql\.zst$/), 'manifest.json']);
    expect(await store.openUploads(BUCKET)).toEqual([]);
    const manifestSha256 = hash('sha256', await store.read(BUCKET, `${prefix}/manifest.json`));
    expect(status).toMatchObject({ backupLocation: `s3://${BUCKET}/${prefix}`, manifestSha256, rows: 42_200, plainBytes: expect.any(Number) as number, durationSeconds: expect.any(Number) as number });
    // The claim is for Backups whose location was left open.
    expect(await kubectl.get('pvc', 'shop-backups')).toBeUndefined();
  });

  it('and a Restore brings every table back from there', async () => {
    await kubectl.sql('shop', 'shop', DAMAGE);
    expect(await tables()).not.toEqual(whole);
    await applyAndWait(kubectl, restore('undo', 'shop', 'monday'), 'Completed');
    expect(await tables()).toEqual(whole);
  });

  it('and kubectl db download brings its files, for a person who has no right on Secrets', async () => {
    const home = homeFor(inject('cluster'), kubectl.namespace);
    try {
      const [plugin] = await build([PLUGIN_TARGET], join(home.folder, 'plugin'));
      await kubectl('create', 'serviceaccount', 'downloader');
      await kubectl('create', 'role', 'downloader', '--verb=get,list,create,delete', '--resource=backups.database.example.com,pods,pods/exec,jobs.batch');
      await kubectl('create', 'rolebinding', 'downloader', '--role=downloader', `--serviceaccount=${kubectl.namespace}:downloader`);
      await home.addContext('downloader', (await kubectl('create', 'token', 'downloader')).trim());
      const said = await home.shell.run(`node ${plugin?.folder ?? ''}/main.cjs download monday --to ~/monday --context downloader && cd ~/monday && sha256sum dump.*`);
      expect(said).toMatch(/^Backup monday is in .*, and is what was stored\. [^]*\| pg_restore --no-owner /);
      expect(said).toContain(String((await kubectl.get('backup', 'monday'))?.status?.['sha256']));
    } finally {
      home.remove();
    }
  });

  it('while nothing that Kubernetes shows, or a pod logs, holds a key of the bucket', async () => {
    const shown = await kubectl('get', 'databases,backups,restores,jobs,pods,events,configmaps', '-o', 'json');
    const logs = await Promise.all((await kubectl.list('pods', 'database.example.com/run')).map(({ metadata }) => kubectl('logs', metadata.name)));
    expect(logs).toHaveLength(2);
    for (const text of [shown, ...logs]) expect(text).not.toContain(store.settings.AWS_SECRET_ACCESS_KEY);
  });

  it('a Backup whose Secret is not there waits with CredentialsNotFound, and runs when it is created', async () => {
    await kubectl.apply(intoBucket('early', { credentialsRef: { name: 'late-keys' } }));
    const waiting = await waitFor(kubectl, 'backup/early', { what: 'reason CredentialsNotFound', wanted: (seen) => conditionOf(seen, 'BackupReady')?.reason === 'CredentialsNotFound' });
    expect([waiting.status?.phase, conditionOf(waiting, 'BackupReady')?.message]).toEqual(['Pending', expect.stringContaining(`Secret late-keys does not exist in namespace ${kubectl.namespace}`)]);
    expect(await kubectl.get('secret', 'late-keys')).toBeUndefined();
    await kubectl.apply(settingsSecret('late-keys', store.settings));
    await waitForPhase(kubectl, 'backup/early', 'Completed');
  });

  it('keys that the store does not take are StorageDenied, and nothing is stored', async () => {
    await kubectl.apply(settingsSecret('wrong-keys', { ...store.settings, AWS_SECRET_ACCESS_KEY: 'not-this-one' }));
    const failed = await applyAndWait(kubectl, intoBucket('denied', { credentialsRef: { name: 'wrong-keys' } }), 'Failed');
    expect(conditionOf(failed, 'Stalled')).toMatchObject({ reason: 'StorageDenied', message: expect.stringContaining(`s3://${BUCKET}/`) as string });
    expect(await keysOf('denied')).toEqual([]);
  });

  it('a flipped bit in the bucket makes a Restore Failed before the first statement', async () => {
    await applyAndWait(kubectl, intoBucket('spoilt'), 'Completed');
    await store.flipBit(BUCKET, await keyOfDump('spoilt'));
    const failed = await applyAndWait(kubectl, restore('from-spoilt', 'shop', 'spoilt'), 'Failed');
    expect(conditionOf(failed, 'Stalled')?.reason).toBe('BackupCorrupt');
    expect(await tables()).toEqual(whole);
  });

  it('a Backup of some tables is Completed, and never takes the place of the whole', async () => {
    const { status } = await applyAndWait(kubectl, intoBucket('part', { selection: { tables: ['public.products'] } }), 'Completed');
    expect(status).toMatchObject({ tables: 1, rows: 200 });
    const failed = await applyAndWait(kubectl, restore('from-part', 'shop', 'part'), 'Failed');
    expect(conditionOf(failed, 'Stalled')).toMatchObject({ reason: 'BackupPartial', message: expect.stringContaining('Name a Backup without spec.selection') as string });
    expect(failed.status).not.toHaveProperty('jobName');
    expect(await tables()).toEqual(whole);
  });
});
