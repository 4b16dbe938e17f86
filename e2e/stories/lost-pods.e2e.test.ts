import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { holdTable, waitForBlockedDump, type Held } from '../harness/hold.ts';
import { applyAndWait, backup, conditionOf, database, storyNamespace, waitForPhase } from '../harness/story.ts';

describe('A runner that the node takes away ends its Backup with the reason', () => {
  const kubectl = storyNamespace('lost-pods');
  let held: Held | undefined;

  /** Starts a Backup and comes back with its pod when the dump waits for the table that is held. */
  const blockedBackup = async (name: string): Promise<string> => {
    held = await holdTable(kubectl, 'shop', 'orders');
    await kubectl.apply(backup(name, 'shop', { backoffLimit: 0 }));
    const object = await waitForPhase(kubectl, `backup/${name}`, 'InProgress');
    await waitForBlockedDump(kubectl, 'shop');
    return kubectl('get', 'pod', '-l', `batch.kubernetes.io/job-name=${String(object.status?.['jobName'])}`, '-o', 'jsonpath={.items[0].metadata.name}');
  };
  // The kubelet measures volumes once a minute only, and gives a pod that it evicts its time.
  const stalled = async (name: string): Promise<string | undefined> => conditionOf(await waitForPhase(kubectl, `backup/${name}`, 'Failed', 360), 'Stalled')?.reason;

  beforeAll(async () => {
    await applyAndWait(kubectl, database('shop'), 'Ready');
    await kubectl.sql('shop', 'shop', 'set role app; create table orders as select n as id from generate_series(1, 100) n');
  });

  afterEach(async () => {
    await held?.release();
    held = undefined;
  });

  it('out of memory', async () => {
    const pod = await blockedBackup('hungry');
    // The kernel takes the process with the highest score, which is size and adjustment together: many eaters, each smaller
    // than the runner, make sure that it is the runner.
    const eaters = 'for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do (head -c 40000000 /dev/zero; sleep 60) | tail > /dev/null & done; wait';
    await kubectl.attempt('exec', pod, '--', 'sh', '-c', `echo 1000 > /proc/1/oom_score_adj; ${eaters}`);
    expect(await stalled('hungry')).toBe('OutOfMemory');
  });

  it('out of memory of a child only: the runner ends as it would have, and a complete dump counts', async () => {
    const pod = await blockedBackup('hungry-child');
    await kubectl.attempt('exec', pod, '--', 'sh', '-c', 'echo 1000 > /proc/self/oom_score_adj; exec tail /dev/zero');
    await held?.release();
    held = undefined;
    await waitForPhase(kubectl, 'backup/hungry-child', 'Completed');
  });

  it('the Eviction API, as a drained node uses it', async () => {
    const pod = await blockedBackup('drained');
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace: kubectl.namespace } };
    await kubectl.send(['create', '--raw', `/api/v1/namespaces/${kubectl.namespace}/pods/${pod}/eviction`, '-f', '-'], eviction);
    expect(await stalled('drained')).toMatch(/^(Cancelled|PodLost)$/);
  });

  it('an eviction by the kubelet, for more scratch space than the pod may have', async () => {
    const pod = await blockedBackup('greedy');
    await kubectl('exec', pod, '--', 'sh', '-c', 'head -c 80000000 /dev/zero > /tmp/too-much');
    expect(await stalled('greedy')).toMatch(/^(Evicted|Cancelled)$/);
  });
});
