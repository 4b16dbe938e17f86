import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../harness/kubectl.ts';
import { conditionOf, database, storyNamespace, waitFor, waitForPhase } from '../harness/story.ts';

/** A Database says what keeps it within this time of the moment that Kubernetes did, or of its creation where Kubernetes has no word for it. */
const SAID_SECONDS = 30;

interface Event {
  readonly type: string;
  readonly involvedObject: { readonly name: string };
  readonly firstTimestamp: string | null;
  readonly eventTime: string | null;
}

describe('A Database that cannot come up says why, and goes on when it is mended', () => {
  const kubectl = storyNamespace('trouble');
  const patch = (name: string, spec: object): Promise<string> => kubectl('patch', 'database', name, '--type=merge', '-p', JSON.stringify({ spec }));
  /** When Kubernetes first warned of a server of a Database, of its volume or of its StatefulSet, in milliseconds. A busy node takes its time until then. */
  const warnedAt = async (name: string): Promise<number | undefined> => {
    const about = new RegExp(`^(data-)?${name}(-\\d+)?$`);
    const warnings = (await kubectl.list<Event>('events')).filter(({ type, involvedObject }) => type === 'Warning' && about.test(involvedObject.name));
    return warnings.map(({ firstTimestamp, eventTime }) => Date.parse(firstTimestamp ?? eventTime ?? '')).sort((one, other) => one - other)[0];
  };
  const says = async (name: string, reason: string, words: RegExp): Promise<void> => {
    const isSaid = (seen: KubeObject): boolean => conditionOf(seen, 'Ready')?.reason === reason && words.test(conditionOf(seen, 'Ready')?.message ?? '');
    const object = await waitFor(kubectl, `database/${name}`, { what: `${reason}: ${String(words)}`, wanted: isSaid });
    const saidAt = Date.now();
    expect(conditionOf(object, 'Degraded')).toMatchObject({ status: 'True', reason });
    expect((saidAt - ((await warnedAt(name)) ?? Date.parse(object.metadata.creationTimestamp))) / 1000).toBeLessThan(SAID_SECONDS);
  };

  it('an image that is not there', async () => {
    // With a standby, which waits for the primary: what the StatefulSet would not do then is to take the broken pod away.
    await kubectl.apply(database('image', { image: 'postgres:14-nowhere', replicas: 2 }));
    await says('image', 'ImageNotPulled', /pod image-[01]: .*postgres:14-nowhere/);
    await patch('image', { image: 'postgres:14' });
    await waitForPhase(kubectl, 'database/image', 'Ready');
  });

  it('a claim whose StorageClass is not there', async () => {
    const storageClass = `${kubectl.namespace}-late`;
    await kubectl.apply(database('claim', { storage: { size: '1Gi', storageClass } }));
    await says('claim', 'VolumeNotBound', new RegExp(storageClass));
    const standard = await kubectl.get<{ metadata: { annotations: Record<string, string> } }>('storageclass', 'standard');
    const annotations = { ...standard?.metadata.annotations, 'storageclass.kubernetes.io/is-default-class': 'false' };
    await kubectl.apply({ ...standard, metadata: { name: storageClass, annotations } });
    await waitForPhase(kubectl, 'database/claim', 'Ready');
    await kubectl('delete', 'storageclass', storageClass);
  });

  it('a server that crashes', async () => {
    await kubectl.apply(database('crash', { parameters: { shared_preload_libraries: 'no_such_library' } }));
    await says('crash', 'ServerCrashed', /no_such_library/);
    await patch('crash', { parameters: { shared_preload_libraries: '' } });
    await waitForPhase(kubectl, 'database/crash', 'Ready');
  });

  it('too little memory', async () => {
    await kubectl.apply(database('memory', { resources: { limits: { memory: '24Mi' } } }));
    await says('memory', 'OutOfMemory', /limits.memory/);
    await patch('memory', { resources: { limits: { memory: '512Mi' } } });
    await waitForPhase(kubectl, 'database/memory', 'Ready');
  });

  it('a quota', async () => {
    await kubectl.apply({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'small' }, spec: { hard: { persistentvolumeclaims: '0' } } });
    await kubectl.apply(database('quota'));
    await says('quota', 'QuotaExceeded', /exceeded quota: small/);
    await kubectl('delete', 'resourcequota', 'small');
    await waitForPhase(kubectl, 'database/quota', 'Ready');
  });

  it('a Secret that is missing, and one that was made beforehand and lacks a key', async () => {
    const keys = { username: 'postgres', password: 'one', 'backup-username': 'database_operator_backup', 'backup-password': 'two' };
    await kubectl.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key-internal' }, stringData: keys });
    await kubectl.apply(database('key'));
    await kubectl.apply(database('secret', { tls: { secretName: 'late' } }));
    await says('secret', 'SecretNotFound', /secret "late" not found/);
    await says('key', 'SecretNotFound', /Secret key-internal has no key replication-password/);
    await patch('secret', { tls: null });
    await kubectl('patch', 'secret', 'key-internal', '--type=merge', '-p', JSON.stringify({ stringData: { 'replication-password': 'three' } }));
    await waitForPhase(kubectl, 'database/secret', 'Ready');
    await waitForPhase(kubectl, 'database/key', 'Ready');
  });
});
