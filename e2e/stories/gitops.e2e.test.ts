// Tools that know nothing of databases wait for our objects, and hear of failures.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { argoHealth } from '../harness/argo-health.ts';
import type { KubeObject } from '../harness/kubectl.ts';
import { backup, database, restore, storyNamespace, waitFor, type Manifest } from '../harness/story.ts';
import { run, type RunResult } from '../lib/run.ts';

/** So long Helm waits. */
const HELM_SECONDS = 300;

describe('Objects of a chart', () => {
  const kubectl = storyNamespace('gitops');
  const { helm, kubeconfig } = inject('cluster');
  const shop = [database('shop'), backup('monday', 'shop'), restore('again', 'shop', 'monday')];
  let chart: string;

  beforeAll(() => {
    chart = mkdtempSync(join(tmpdir(), 'gitops-'));
    mkdirSync(join(chart, 'templates'));
    writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: shop\nversion: 1.0.0\n');
  });
  afterAll(() => rmSync(chart, { recursive: true }));

  /** Installs these objects as a chart and waits as Helm does: until kstatus calls all of them Current, or one Failed. */
  const install = (objects: readonly Manifest[]): Promise<RunResult> => {
    for (const object of objects) writeFileSync(join(chart, 'templates', `${object.kind}-${object.metadata.name}.yaml`), JSON.stringify(object));
    return run(helm, ['upgrade', '--install', 'shop', chart, '--namespace', kubectl.namespace, '--wait', '--timeout', `${HELM_SECONDS}s`], { env: { KUBECONFIG: kubeconfig }, accept: [1], timeoutSeconds: HELM_SECONDS + 30 });
  };
  const read = async (kind: string, name: string): Promise<KubeObject> => (await kubectl.get(kind, name)) as KubeObject;

  it('are waited for until the Database is Ready and its Backup and Restore are Completed', async () => {
    expect(await install(shop)).toMatchObject({ exitCode: 0 });
    const phases = await kubectl('get', 'databases,backups,restores', '-o', 'jsonpath={.items[*].status.phase}');
    expect(phases).toBe('Ready Completed Completed');
  });

  it('are healthy for Argo CD then', async () => {
    expect(await argoHealth(await read('database', 'shop'))).toBe('Healthy: The database takes connections, and its servers are consistent');
    expect(await argoHealth(await read('backup', 'monday'))).toMatch(/^Healthy: .* are stored in pvc:/);
    expect(await argoHealth(await read('restore', 'again'))).toMatch(/^Healthy: The content of the Backup/);
  });

  it('of which one has Failed make Helm fail before its time is over, and are degraded for Argo CD', async () => {
    const early = restore('too-early', 'shop', 'monday', { before: '2001-01-01T00:00:00Z' });
    const since = Date.now();
    const { exitCode, stderr } = await install([...shop, early]);
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/too-early/)]);
    expect(Date.now() - since).toBeLessThan((HELM_SECONDS - 30) * 1000);
    expect(await argoHealth(await read('restore', 'too-early'))).toMatch(/^Degraded: Backup monday was completed after 2001/);
  });

  it('that wait are progressing for Argo CD, and those that are suspended are that', async () => {
    await kubectl.apply(backup('waiting', 'nowhere'));
    const waiting = await waitFor(kubectl, 'backup/waiting', { what: 'Pending', wanted: ({ status }) => status?.phase === 'Pending' });
    expect(await argoHealth(waiting)).toMatch(/^Progressing: .*nowhere/);
    expect(await argoHealth({ ...waiting, spec: { ...waiting.spec, suspend: true } })).toMatch(/^Suspended: /);
    expect(await argoHealth({ ...waiting, metadata: { ...waiting.metadata, generation: 7 } })).toBe('Progressing: The operator has not seen this spec yet');
  });
});
