import { beforeAll, describe, expect, it } from 'vitest';
import { scrape } from '../harness/metrics.ts';
import { CONTROLLER_DEPLOYMENT, OPERATOR_NAMESPACE } from '../harness/operator.ts';
import { applyAndWait, backup, database, restore, storyNamespace } from '../harness/story.ts';

const SOON = { timeout: 120_000, interval: 500 };

describe('An administrator sees what the operator does', () => {
  const kubectl = storyNamespace('operations');

  beforeAll(async () => {
    await applyAndWait(kubectl, database('watched'), 'Ready');
    await applyAndWait(kubectl, backup('watched', 'watched'), 'Completed');
    await applyAndWait(kubectl, restore('watched', 'watched', 'watched'), 'Completed');
  });

  it('the Deployment and its pods have the names and labels of the course', async () => {
    const pods = await kubectl('get', 'pods', '-n', OPERATOR_NAMESPACE, '-l', 'control-plane=controller-manager', '-o', 'jsonpath={.items[*].status.phase}');
    expect(pods).toMatch(/^Running/);
    await expect.poll(() => kubectl('get', 'deployment', '-n', OPERATOR_NAMESPACE, CONTROLLER_DEPLOYMENT, '-o', 'jsonpath={.status.readyReplicas}'), SOON).toBe('2');
  });

  it('the metrics show reconciles, phases, the Database and the state of the watches', async () => {
    const text = await scrape(kubectl);
    expect(text).toMatch(/database_reconcile_total\{controller="databases",result="success"\} \d+/);
    expect(text).toMatch(/database_reconcile_duration_seconds_count\{controller="backups",result="success"\} \d+/);
    expect(text).toMatch(/database_resources_total\{phase="Ready"\} \d+/);
    expect(text).toContain(`database_info{name="watched",namespace="${kubectl.namespace}",image="postgres:14",phase="Ready"} 1`);
    expect(text).toMatch(/database_operator_runs\{kind="Backup",phase="Completed"\} \d+/);
    for (const name of ['queue_depth', 'queue_age_seconds', 'watch_silence_seconds', 'api_calls_total', 'leader']) expect(text).toContain(`database_operator_${name}`);
  });

  it('the log has one line a transition, which names kind and action', async () => {
    // Names are unique to this story, so other stories do not matter.
    const log = await kubectl('logs', '-n', OPERATOR_NAMESPACE, '-l', 'control-plane=controller-manager', '--tail=-1');
    const lines = log.split('\n').filter((line) => line.includes(`"namespace":"${kubectl.namespace}"`) && !line.includes('"level":"debug"'));
    const steps = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(steps).toEqual(['Database Pending', 'Database Provisioning', 'Database Configuring', 'Database Deploying', 'Database Verifying', 'Database Ready', 'Backup InProgress', 'Backup Completed', 'Restore InProgress', 'Restore Completed']);
  });

  it('Events tell the same at each object', async () => {
    const events = (): Promise<string> => kubectl('get', 'events.events.k8s.io', '-o', 'jsonpath={range .items[*]}{.regarding.kind} {.reason}{"\\n"}{end}');
    // An Event follows what it tells of.
    for (const event of ['Database AllChecksPassed', 'Backup BackupCompleted', 'Restore RestoreCompleted']) await expect.poll(events, SOON).toContain(event);
  });

  it('the series of a Database that is deleted go away', async () => {
    await kubectl('delete', 'database', 'watched', '--timeout=240s');
    await expect.poll(() => scrape(kubectl), SOON).not.toContain(`database_info{name="watched",namespace="${kubectl.namespace}"`);
  });
});
