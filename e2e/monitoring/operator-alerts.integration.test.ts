// The alerts about the operator itself, on faults that would wake all stories of a cluster: a real controller on an API server of its own.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RULES } from '../../packages/controller/src/rbac.ts';
import { bareGround } from '../campaigns/bare-ground.ts';
import { createObject, DATABASE, pathOf, untilPhase } from '../campaigns/objects.ts';
import { startRig, type Rig } from '../campaigns/rig.ts';
import { startPrometheus, type Prometheus } from './prometheus.ts';
import { alertsOf, chartRules, withoutPatience } from './rules.ts';

const ROLE = '/apis/rbac.authorization.k8s.io/v1/clusterroles/postgres-operator-controller-manager';
/** One more than a controller has workers for a kind, and a few. */
const BACKUPS = Array.from({ length: 14 }, (_, index) => `waits-${index}`);

describe('A real Prometheus that scrapes a real controller wakes somebody for what is wrong with it', () => {
  const rules = withoutPatience(chartRules());
  const seen = new Set<string>();
  let rig: Rig;
  let prometheus: Prometheus;

  const firing = async (): Promise<string[]> => {
    const samples = await prometheus.query('ALERTS{alertstate="firing",alertname=~"PostgresOperator.*"}');
    const alerts = samples.map(({ metric: { alertname = '', controller = '', resource = '' } }) => `${alertname} ${controller}${resource}`.trim());
    for (const alert of alerts) seen.add(alert);
    return alerts;
  };
  const until = (what: (alerts: readonly string[]) => void): Promise<void> => vi.waitFor(async () => what(await firing()), { timeout: 150_000, interval: 500 });
  const fires = (...alerts: string[]): Promise<void> => until((found) => expect(found).toEqual(expect.arrayContaining(alerts)));
  const ends = (alert: string): Promise<void> => until((found) => expect(found).not.toContain(alert));
  /** Lets the controller do all that the chart lets it do, but for some verbs on some resources. */
  const forbid = (...rights: readonly (readonly [verb: string, resource: string])[]): Promise<void> => {
    const rulesLeft = RULES.flatMap(({ why: _why, ...rule }) =>
      rule.resources.map((resource) => ({ ...rule, resources: [resource], verbs: rule.verbs.filter((verb) => !rights.some(([refused, from]) => refused === verb && from === resource)) })),
    );
    return rig.ground.api.mergePatch(ROLE, { rules: rulesLeft.filter(({ verbs }) => verbs.length > 0) });
  };
  const create = (kind: 'Database' | 'Backup', name: string): Promise<unknown> => createObject(rig.ground.api, kind, { namespace: rig.ground.namespace, name });

  beforeAll(async () => {
    rig = await startRig(await bareGround(), ['controller']);
    prometheus = await startPrometheus({ targets: rig.posts.map(({ controller }) => ({ instance: controller.name, url: controller.metricsUrl })), rules });
    await ends('PostgresOperatorAbsent');
  });
  afterAll(async () => {
    await prometheus.stop();
    await rig.stop(false);
  });

  it('for nothing while it is well', async () => {
    expect(await firing()).toEqual([]);
    seen.clear();
  });

  it('writes that the API server does not answer, so that everything else waits', async () => {
    const [post] = rig.posts;
    const answered = Promise.withResolvers<void>();
    if (post !== undefined) post.proxy.onWrite = ({ path }, stage) => (stage === 'received' && !path.includes('/leases/') ? answered.promise : undefined);
    await Promise.all(BACKUPS.map((name) => create('Backup', name)));
    await fires('PostgresOperatorQueueStuck backups');
    answered.resolve();
    await Promise.all(BACKUPS.map((name) => untilPhase(rig.ground.api, pathOf('Backup', rig.ground.namespace, name), ['Completed'])));
    await ends('PostgresOperatorQueueStuck backups');
  });

  it('rights that are taken away: calls are refused, passes fail, and a watch hears nothing, until they are given back', async () => {
    await forbid(['watch', 'endpointslices'], ['patch', 'databases/status']);
    // A watch that stands goes on; its next one is refused.
    for (const { proxy } of rig.posts) {
      proxy.cut();
      proxy.heal();
    }
    await create('Database', `${DATABASE}-2`);
    await fires('PostgresOperatorForbidden', 'PostgresOperatorWatchSilent endpointSlices');
    // A rate is of what comes after the first count that Prometheus has seen; each of these fails a dozen times in its first seconds.
    await Promise.all([3, 4, 5, 6, 7, 8].map((number) => create('Database', `${DATABASE}-${number}`)));
    await fires('PostgresOperatorReconcileErrors databases');
    await forbid();
    await ends('PostgresOperatorWatchSilent endpointSlices');
    await untilPhase(rig.ground.api, pathOf('Database', rig.ground.namespace, `${DATABASE}-2`), ['Ready']);
  });

  it('none at work', async () => {
    for (const { controller } of rig.posts) await controller.kill();
    await fires('PostgresOperatorAbsent');
  });

  it('which are all alerts about the operator', () => {
    expect([...new Set([...seen].map((alert) => alert.split(' ')[0]))].sort()).toEqual(alertsOf(rules, 'postgres-operator').sort());
  });
});
