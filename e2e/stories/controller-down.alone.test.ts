// The controllers of the cluster are taken away: nobody else may need them meanwhile.
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { CHART } from '../harness/chart.ts';
import { holdTable, waitForBlockedDump } from '../harness/hold.ts';
import type { KubeObject } from '../harness/kubectl.ts';
import { leaderOf } from '../harness/leader.ts';
import { controllerTargets, SERVICE_PATH } from '../harness/metrics.ts';
import { anOlderChart } from '../harness/older-chart.ts';
import { CONTROLLER_DEPLOYMENT, ensureOperator, OPERATOR_NAMESPACE } from '../harness/operator.ts';
import { run } from '../lib/run.ts';
import { applyAndWait, backup, database, restore, storyNamespace, waitFor, waitForPhase } from '../harness/story.ts';
import { startPrometheus } from '../monitoring/prometheus.ts';
import { chartRules, withoutPatience } from '../monitoring/rules.ts';

const timeIn = (object: KubeObject | undefined, field: string): number => Date.parse(String(object?.status?.[field]));

describe('A controller that goes away loses nothing', () => {
  const kubectl = storyNamespace('controller-down');
  const kill = (...which: string[]): Promise<unknown> => kubectl('delete', 'pod', '-n', OPERATOR_NAMESPACE, ...which, '--grace-period=0', '--force');
  const scale = (replicas: number): Promise<unknown> => kubectl('scale', '-n', OPERATOR_NAMESPACE, `deployment/${CONTROLLER_DEPLOYMENT}`, `--replicas=${replicas}`);
  const jobsOf = async (name: string): Promise<number> => (await kubectl.list('jobs', 'database.example.com/run')).filter((job) => job.metadata.name.startsWith(`${name}-`)).length;

  // As it is installed by default: the stories after this one expect that.
  afterAll(async () => {
    await ensureOperator();
  });
  beforeAll(async () => {
    await applyAndWait(kubectl, database('shop'), 'Ready');
    await kubectl.sql('shop', 'shop', 'set role app; create table orders as select n as id, md5(n::text) as note from generate_series(1, 5000) n');
  });

  it('killed during a Backup, the one that stood by completes it with the same Job', async () => {
    const held = await holdTable(kubectl, 'shop', 'orders');
    await kubectl.apply(backup('during', 'shop'));
    await waitForPhase(kubectl, 'backup/during', 'InProgress');
    await waitForBlockedDump(kubectl, 'shop');
    const former = await leaderOf(kubectl);
    await kill(former);
    await held.release();
    await waitForPhase(kubectl, 'backup/during', 'Completed');
    expect(await jobsOf('during')).toBe(1);
    expect(await leaderOf(kubectl)).not.toBe(former);
  });

  it('killed with all that stand by as soon as a Restore exists, the next one completes it with one Job', async () => {
    await kubectl.apply(restore('asked', 'shop', 'during'));
    await kill('-l', 'control-plane=controller-manager');
    await waitForPhase(kubectl, 'restore/asked', 'Completed');
    expect(await jobsOf('asked')).toBe(1);
  });

  it('killed while its Database gets a standby, and again while that goes, the next one brings about what is wanted', async () => {
    const scaledTo = async (replicas: number): Promise<void> => {
      await kubectl.apply(database('shop', { replicas }));
      await waitFor(kubectl, 'statefulset/shop', { what: `${replicas} servers wanted`, wanted: ({ spec }) => spec['replicas'] === replicas });
      await kill('-l', 'control-plane=controller-manager');
      const wanted = ({ metadata, status }: KubeObject): boolean => status?.phase === 'Ready' && status['readyReplicas'] === replicas && status['observedGeneration'] === metadata.generation;
      await waitFor(kubectl, 'database/shop', { what: `Ready with ${replicas} servers`, wanted });
    };
    await scaledTo(2);
    await scaledTo(1);
    await expect.poll(async () => (await kubectl.list('pvc')).map(({ metadata }) => metadata.name).filter((name) => name.startsWith('data-')), { timeout: 300_000, interval: 500 }).toEqual(['data-shop-0']);
    expect(await kubectl.sql('shop', 'shop', 'select count(*) from orders')).toBe('5000');
  });

  it('down over three slots of a schedule, it makes up for them once; Prometheus tells of both', async () => {
    const cluster = inject('cluster');
    const prometheus = await startPrometheus({ kubeconfig: cluster.kubeconfig, targets: await controllerTargets(kubectl, cluster), rules: withoutPatience(chartRules()) });
    onTestFinished(() => prometheus.stop());
    const alert = (name: string) => expect.poll(async () => (await prometheus.query(`ALERTS{alertstate="firing",alertname="${name}"}`)).map(({ metric }) => metric['schedule'] ?? ''), { timeout: 120_000, interval: 500 });
    await kubectl.apply(backup('minutely', 'shop', { schedule: '* * * * *', backoffLimit: 0 }));
    await waitFor(kubectl, 'backup/minutely', { what: 'its next time', wanted: ({ status }) => status?.['nextScheduledTime'] !== undefined });
    await alert('PostgresOperatorAbsent').toEqual([]);
    await scale(0);
    await expect.poll(() => kubectl('get', 'pod', '-n', OPERATOR_NAMESPACE, '-l', 'control-plane=controller-manager', '-o', 'name'), { timeout: 120_000, interval: 500 }).toBe('');
    // Only now nobody moves it any more, and it may have run once until then.
    const runs = (): Promise<KubeObject[]> => kubectl.list('backups', 'database.example.com/schedule=minutely');
    const before = (await runs()).length;
    const left = await kubectl.get('backup', 'minutely');
    const first = timeIn(left, 'nextScheduledTime');
    await alert('PostgresOperatorAbsent').toEqual(['']);
    await new Promise((resolve) => setTimeout(resolve, first + 2 * 60_000 + 5000 - Date.now()));
    await scale(2);
    const caughtUp = await waitFor(kubectl, 'backup/minutely', { what: 'a run of what was missed', wanted: (seen) => timeIn(seen, 'lastScheduledTime') >= first });
    await kubectl('patch', 'backup', 'minutely', '--type=merge', '-p', '{"spec":{"suspend":true}}');
    expect(timeIn(caughtUp, 'lastScheduledTime')).toBeGreaterThanOrEqual(first + 2 * 60_000);
    // One more than two where the controller took more than a minute to come back.
    expect(caughtUp.status?.['missedRuns']).toBe((timeIn(caughtUp, 'lastScheduledTime') - first) / 60_000);
    await waitFor(kubectl, 'backup/minutely', { what: 'the end of that run', wanted: ({ status }) => status?.phase === 'Completed' && status['newestRun'] !== left?.status?.['newestRun'] });
    expect(await runs()).toHaveLength(before + 1);
    prometheus.scrape(await controllerTargets(kubectl, cluster));
    await alert('DatabaseScheduleMissed').toEqual(['minutely']);
    await alert('PostgresOperatorAbsent').toEqual([]);
  });

  it('upgraded by Helm from the chart before during a Backup, the new one completes it with the same Job; its metrics are for those alone who may read them', async () => {
    const { helm, kubeconfig } = inject('cluster');
    const upgrade = (chart: string, ...values: string[]): Promise<unknown> =>
      run(helm, ['upgrade', 'postgres-operator', chart, '--namespace', OPERATOR_NAMESPACE, '--reset-then-reuse-values', ...values, '--wait', '--timeout', '3m'], { env: { KUBECONFIG: kubeconfig }, timeoutSeconds: 200 });
    const shortNames = (): Promise<string> => kubectl('get', 'crd', 'databases.database.example.com', '-o', 'jsonpath={.spec.names.shortNames}');
    const older = anOlderChart();
    await upgrade(older.folder).finally(() => older.remove());
    expect(await shortNames()).toContain('olderdb');
    const held = await holdTable(kubectl, 'shop', 'orders');
    await kubectl.apply(backup('upgraded', 'shop'));
    await waitForPhase(kubectl, 'backup/upgraded', 'InProgress');
    await waitForBlockedDump(kubectl, 'shop');
    await upgrade(CHART, '--set', 'metrics.secure=true');
    expect(await shortNames()).not.toContain('olderdb');
    await held.release();
    await waitForPhase(kubectl, 'backup/upgraded', 'Completed');
    expect(await jobsOf('upgraded')).toBe(1);
    // The API server speaks TLS to it then, and shows it no token.
    const [plain, secure] = [await kubectl.attempt('get', '--raw', SERVICE_PATH), await kubectl.attempt('get', '--raw', SERVICE_PATH.replace('/services/', '/services/https:'))];
    expect([plain.stdout, secure.stdout, secure.stderr]).toEqual([expect.not.stringContaining('database_'), expect.not.stringContaining('database_'), expect.stringMatching(/Unauthorized|must be logged in|token/)]);
  });
});
