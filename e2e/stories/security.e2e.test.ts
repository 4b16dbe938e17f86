import { beforeAll, describe, expect, it } from 'vitest';
import { holdTable, waitForBlockedDump } from '../harness/hold.ts';
import { OPERATOR_NAMESPACE } from '../harness/operator.ts';
import { applyAndWait, backup, database, restore, storyNamespace, waitForPhase } from '../harness/story.ts';

describe('Nobody gets more than they need', () => {
  const kubectl = storyNamespace('security');
  const controller = `system:serviceaccount:${OPERATOR_NAMESPACE}:postgres-operator-controller-manager`;
  const passwords: string[] = [];

  beforeAll(async () => {
    // The namespace enforces Pod Security "restricted": servers and runners that broke it would not start.
    await applyAndWait(kubectl, database('shop'), 'Ready');
    await kubectl.sql('shop', 'shop', 'set role app; create table orders as select n as id from generate_series(1, 100) n');
    for (const secret of await kubectl.list<{ metadata: { name: string }; data: Record<string, string> }>('secrets')) {
      for (const [key, value] of Object.entries(secret.data)) if (key.includes('password')) passwords.push(Buffer.from(value, 'base64').toString());
    }
  });

  it.each(['get', 'list', 'watch', 'update', 'patch', 'delete'])('the controller may not %s Secrets', async (verb) => {
    const { stdout } = await kubectl.attempt('auth', 'can-i', verb, 'secrets', `--as=${controller}`);
    expect(stdout.trim()).toBe('no');
  });

  it.each(['pods/exec', 'pods/portforward', 'nodes', 'clusterroles'])('the controller may not touch %s', async (resource) => {
    const { stdout } = await kubectl.attempt('auth', 'can-i', 'create', resource, `--as=${controller}`);
    expect(stdout.trim()).toBe('no');
  });

  it('there are four passwords, and none of them is in the argv or environment of a server or runner', async () => {
    expect(new Set(passwords).size).toBe(4);
    const held = await holdTable(kubectl, 'shop', 'orders');
    await kubectl.apply(backup('seen', 'shop'));
    await waitForPhase(kubectl, 'backup/seen', 'InProgress');
    await waitForBlockedDump(kubectl, 'shop');
    const runner = await kubectl('get', 'pod', '-l', 'database.example.com/run=backup', '-o', 'jsonpath={.items[0].metadata.name}');
    for (const pod of [runner, 'shop-0']) {
      const processes = await kubectl('exec', pod, '--', 'sh', '-c', 'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"; true');
      expect(processes).toMatch(/pg_dump|postgres/);
      for (const password of passwords) expect(processes).not.toContain(password);
    }
    await held.release();
    await waitForPhase(kubectl, 'backup/seen', 'Completed');
  });

  it('no password is in a log, an event or an object other than its Secret', async () => {
    await applyAndWait(kubectl, restore('seen', 'shop', 'seen'), 'Completed');
    const texts = [
      await kubectl('logs', 'shop-0'),
      await kubectl('logs', '-l', 'database.example.com/run', '--tail=-1'),
      await kubectl('logs', '-n', OPERATOR_NAMESPACE, '-l', 'control-plane=controller-manager', '--tail=-1'),
      await kubectl('get', 'databases,backups,restores,jobs,pods,statefulsets,configmaps,events', '-o', 'yaml'),
    ];
    for (const text of texts) {
      expect(text.length).toBeGreaterThan(100);
      for (const password of passwords) expect(text).not.toContain(password);
    }
  });

  it('runner and server pods have no token of the API server', async () => {
    for (const pod of await kubectl.list('pods')) expect(pod.spec['automountServiceAccountToken']).toBe(false);
  });
});
