import { beforeAll, describe, expect, it } from 'vitest';
import { emptyByDeletion, makeBusy, TABLE } from '../harness/busy-namespace.ts';
import { filesIn } from '../harness/claim.ts';
import { holdTable, waitForBlockedDump } from '../harness/hold.ts';
import { settingsSecret, startObjectStore, type ObjectStore } from '../harness/object-store.ts';
import { OPERATOR_NAMESPACE } from '../harness/operator.ts';
import { applyAndWait, backup, database, storyNamespace, waitFor, waitForPhase, type Manifest } from '../harness/story.ts';

const BUCKET = 'backups';

describe('Deleting a Backup', () => {
  const kubectl = storyNamespace('deletion');
  let store: ObjectStore;

  const intoBucket = (name: string, spec: Record<string, unknown> = {}): Manifest => backup(name, 'shop', { storageLocation: `s3://${BUCKET}/x`, credentialsRef: { name: 'keys' }, backoffLimit: 0, ...spec });
  const keysOf = async (name: string): Promise<string[]> => (await store.keys(BUCKET)).filter((key) => key.includes(`/${name}-`));
  const remove = (name: string): Promise<unknown> => kubectl('delete', 'backup', name, '--timeout=240s');

  beforeAll(async () => {
    const starting = startObjectStore(kubectl, { secret: 'keys', buckets: [BUCKET] });
    await applyAndWait(kubectl, database('shop'), 'Ready');
    await kubectl.sql('shop', 'shop', TABLE);
    store = await starting;
  });

  it('keeps its data unless it is said otherwise', async () => {
    await applyAndWait(kubectl, intoBucket('kept'), 'Completed');
    await remove('kept');
    expect(await keysOf('kept')).toHaveLength(3);
  });

  it('with deletionPolicy Delete removes its data in a bucket and in a claim, and nothing of another', async () => {
    await applyAndWait(kubectl, intoBucket('gone', { deletionPolicy: 'Delete' }), 'Completed');
    await applyAndWait(kubectl, backup('gone-too', 'shop', { deletionPolicy: 'Delete' }), 'Completed');
    await applyAndWait(kubectl, backup('stays', 'shop'), 'Completed');
    await Promise.all([remove('gone'), remove('gone-too')]);
    expect(await keysOf('gone')).toEqual([]);
    expect(await keysOf('kept')).toHaveLength(3);
    const files = await filesIn(kubectl, 'shop-backups');
    expect(files.filter((path) => path.includes('gone-too-'))).toEqual([]);
    expect(files.filter((path) => path.includes('stays-') && path.endsWith('manifest.json'))).toHaveLength(1);
  });

  it('follows an edit of deletionPolicy after its end, also when it is deleted in the foreground', async () => {
    await applyAndWait(kubectl, intoBucket('later'), 'Completed');
    await kubectl('patch', 'backup', 'later', '--type=merge', '-p', '{"spec":{"deletionPolicy":"Delete"}}');
    await waitFor(kubectl, 'backup/later', { what: 'its finalizer', wanted: ({ metadata }) => JSON.stringify(metadata).includes('backup-data') });
    await kubectl('delete', 'backup', 'later', '--cascade=foreground', '--timeout=240s');
    expect(await keysOf('later')).toEqual([]);
  });

  it('stops a run that is at work, gives its upload up and leaves nothing', async () => {
    const held = await holdTable(kubectl, 'shop', 'orders');
    await kubectl.apply(intoBucket('running', { deletionPolicy: 'Delete' }));
    await waitForPhase(kubectl, 'backup/running', 'InProgress');
    await waitForBlockedDump(kubectl, 'shop');
    await remove('running');
    await held.release();
    expect(await keysOf('running')).toEqual([]);
    expect(await store.openUploads(BUCKET)).toEqual([]);
  });

  it('ends although the storage does not take the keys any more, and says what stays', async () => {
    await applyAndWait(kubectl, intoBucket('locked', { deletionPolicy: 'Delete' }), 'Completed');
    await kubectl.apply(settingsSecret('keys', { ...store.settings, AWS_SECRET_ACCESS_KEY: 'not-this-one' }));
    await remove('locked');
    await kubectl.apply(settingsSecret('keys', store.settings));
    expect(await keysOf('locked')).toHaveLength(3);
    // Events are told beside the work, and may come after the end of the object.
    const told = (): Promise<string> => kubectl('get', 'events', '--field-selector=reason=DataLeftBehind', '-o', 'jsonpath={.items[*].message}{.items[*].note}');
    await expect.poll(told, { timeout: 60_000 }).toContain(`s3://${BUCKET}/x`);
  });

  it('ends although its claim is gone', async () => {
    await applyAndWait(kubectl, backup('claimless', 'shop', { deletionPolicy: 'Delete', storageLocation: 'pvc://shop-backups/y' }), 'Completed');
    await kubectl('patch', 'backup', 'claimless', '--subresource=status', '--type=merge', '-p', '{"status":{"backupLocation":"pvc://no-such-claim/y/z"}}');
    await remove('claimless');
    expect(await kubectl.get('backup', 'claimless')).toBeUndefined();
  });
});

describe('A namespace that is deleted while Backups run', () => {
  const namespaces = ['deletion-one', 'deletion-two', 'deletion-three'].map((title) => storyNamespace(title));

  it('keeps nothing for longer than a minute after Kubernetes asks for it, and is gone', async () => {
    await Promise.all(namespaces.map((kubectl) => makeBusy(kubectl)));
    // Pods are asked for first. The rest follows when they are gone, or when half of the minute is over that a server may take to stop. How long 20
    // namespaces take on a machine that does nothing else npm run campaign:namespaces measures.
    expect(await emptyByDeletion(namespaces)).toBeLessThan(60 + 31);
    await Promise.all(namespaces.map((kubectl) => kubectl('wait', `namespace/${kubectl.namespace}`, '--for=delete', '--timeout=280s')));
  });

  it('is no failure of the operator, which makes nothing in it any more', async () => {
    const [kubectl] = namespaces;
    const log = (await kubectl?.('logs', '-n', OPERATOR_NAMESPACE, '-l', 'control-plane=controller-manager', '--tail=-1')) ?? '';
    const lines = log.split('\n').filter((line) => namespaces.some(({ namespace }) => line.includes(`"${namespace}"`) || line.includes(`"${namespace}/`)));
    expect(lines).not.toEqual([]);
    expect(lines.filter((line) => line.includes('being terminated'))).toEqual([]);
  });
});
