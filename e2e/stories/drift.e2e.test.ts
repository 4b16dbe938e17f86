import { beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../harness/kubectl.ts';
import { applyAndWait, database, storyNamespace, waitFor, waitForPhase } from '../harness/story.ts';

interface Edit {
  readonly why: string;
  readonly does: readonly string[];
  readonly child: string;
  /** That it is as it was, given the UID that it had. */
  readonly back: (child: KubeObject, uid: string) => boolean;
}

const merge = (resource: string, name: string, patch: object): string[] => ['patch', resource, name, '--type=merge', '-p', JSON.stringify(patch)];
const isAnew = ({ metadata }: KubeObject, uid: string): boolean => metadata.uid !== uid;
// Without waiting: kubectl may not notice that one of that name is there again.
const remove = (resource: string, name: string, ...how: string[]): string[] => ['delete', resource, name, '--wait=false', ...how];

const EDITS: readonly Edit[] = [
  { why: 'the servers were scaled to zero', does: ['scale', 'statefulset', 'shop', '--replicas=0'], child: 'statefulset/shop', back: ({ spec }) => spec['replicas'] === 1 },
  { why: 'the Service lost its selector', does: merge('service', 'shop', { spec: { selector: null } }), child: 'service/shop', back: ({ spec }) => JSON.stringify(spec['selector']).includes('shop-0') },
  { why: 'the configuration was emptied', does: merge('configmap', 'shop-config', { data: null }), child: 'configmap/shop-config', back: (config) => 'start.sh' in ((config as { data?: object }).data ?? {}) },
  // As Kubernetes itself may leave it: see isObserved. The next edit is repaired after this was seen, and then all has to be Ready still.
  { why: 'the StatefulSet got the status of the one before it', does: [...merge('statefulset', 'shop', { status: { observedGeneration: 99 } }), '--subresource=status'], child: 'statefulset/shop', back: ({ status }) => status !== undefined },
  { why: "the operator's label was taken away", does: ['label', 'service', 'shop', 'app.kubernetes.io/managed-by-'], child: 'service/shop', back: ({ metadata }) => metadata.labels?.['app.kubernetes.io/managed-by'] !== undefined },
  { why: 'the Service was deleted', does: remove('service', 'shop'), child: 'service/shop', back: isAnew },
  { why: 'the headless Service was deleted', does: remove('service', 'shop-headless'), child: 'service/shop-headless', back: isAnew },
  { why: 'the StatefulSet was deleted and its pod left', does: remove('statefulset', 'shop', '--cascade=orphan'), child: 'statefulset/shop', back: isAnew },
  { why: 'the StatefulSet was deleted with its pod', does: remove('statefulset', 'shop'), child: 'statefulset/shop', back: isAnew },
  { why: 'the configuration was deleted, and the Secrets with it', does: remove('configmap', 'shop-config'), child: 'configmap/shop-config', back: isAnew },
];

describe('Whatever somebody does to the children of a Database, they come back, and no data is lost', () => {
  const kubectl = storyNamespace('drift');

  /** What the server says, or why it says nothing now. */
  const count = (): Promise<string> => kubectl.sql('shop', 'shop', 'select count(*) from orders').catch(String);

  /** As the application does it: with what is in the Secret now. */
  async function countAsApplication(): Promise<string> {
    const secret = await kubectl.attempt('get', 'secret', 'shop-credentials', '-o', 'jsonpath={.data.password}');
    const password = Buffer.from(secret.stdout, 'base64').toString();
    const { stdout } = await kubectl.attempt('exec', 'shop-0', '-c', 'postgres', '--', 'env', `PGPASSWORD=${password}`, 'psql', '-XAt', '-h', 'shop', '-U', 'app', '-d', 'shop', '-c', 'select count(*) from orders');
    return stdout.trim();
  }

  // deletionPolicy Delete is the harder one: what Kubernetes does by itself must not take the volumes.
  beforeAll(async () => {
    await applyAndWait(kubectl, database('shop', { deletionPolicy: 'Delete' }), 'Ready');
    await kubectl.sql('shop', 'shop', 'set role app; create table orders as select n as id from generate_series(1, 777) n');
  });

  it.each(EDITS)('$why', async ({ does, child, back }) => {
    const [resource = '', name = ''] = child.split('/');
    const uid = (await kubectl.get(resource, name))?.metadata.uid ?? '';
    await kubectl(...does);
    await waitFor(kubectl, child, { what: 'how it was', wanted: (seen) => back(seen, uid), seconds: 60 });
    await waitForPhase(kubectl, 'database/shop', 'Ready');
    expect((await kubectl.get('pvc', 'data-shop-0'))?.metadata.deletionTimestamp).toBeUndefined();
    // The phase may be that of before: a server that an edit takes down goes a moment later.
    await expect.poll(count, { timeout: 150_000, interval: 1000 }).toBe('777');
  });

  it('and in the end the application gets in with the Secret that is there', async () => {
    await expect.poll(countAsApplication, { timeout: 150_000, interval: 2000 }).toBe('777');
  });

  it('a Secret that is deleted is made anew for the pod that waits for it', async () => {
    await kubectl('delete', 'secret', 'shop-credentials');
    await kubectl('delete', 'pod', 'shop-0');
    await expect.poll(countAsApplication, { timeout: 150_000, interval: 2000 }).toBe('777');
    await waitForPhase(kubectl, 'database/shop', 'Ready');
  });
});
