import { DATABASE_FINALIZER, findCondition, type DatabasePhase, type DatabaseStatus } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aServer, aStatefulSet, anEmptyWorld, aWorld } from '../../test/database-world.ts';
import { aDatabase, aPod, NOW, READY } from '../../test/fixtures.ts';
import type { Effect } from '../reconcile/plan.ts';
import { startsOf } from './check/servers.ts';
import { blockedStatus, decideDatabase, type DatabasePlan } from './decide.ts';
import type { DatabaseWorld } from './world.ts';

const now = Date.parse(NOW);
const decide = (world: DatabaseWorld): DatabasePlan => decideDatabase(world, now);
const inPhase = (phase: DatabasePhase | undefined): DatabaseWorld['database'] => aDatabase(phase === undefined ? {} : { status: { phase } });

/** An effect in a few words. */
const inWords = (effect: Effect): string => {
  const name = 'object' in effect ? effect.object.metadata.name : effect.target.name;
  return 'resource' in effect ? `${effect.do} ${effect.resource} ${name}` : `${effect.do} ${name}`;
};
const effects = (world: DatabaseWorld): string[] => decide(world).effects.map(inWords);
const condition = (status: DatabaseStatus | undefined, type: string): { status: string | undefined; reason: string | undefined; message: string | undefined } => {
  const { status: value, reason, message } = findCondition(status?.conditions, type) ?? {};
  return { status: value, reason, message };
};

test('a new Database gets its finalizer before anything else', () => {
  const plan = decide(anEmptyWorld(aDatabase({ metadata: { finalizers: [] } })));
  expect(plan.effects).toMatchObject([{ do: 'setFinalizers', object: { metadata: { uid: aDatabase().metadata.uid, finalizers: [DATABASE_FINALIZER] } } }]);
  expect(plan.status).toBeUndefined();
});

describe('one step on the way at a time', () => {
  const { config, statefulSet, service, headlessService } = aWorld({ reachable: false });
  const { config: configOnceUp, pods, checks } = aWorld();
  test.each<{ why: string; from: DatabasePhase | undefined; world: Partial<DatabaseWorld>; to: DatabasePhase; does: string[] }>([
    { why: 'it is accepted', from: undefined, world: {}, to: 'Pending', does: [] },
    { why: 'the ConfigMap comes first', from: 'Pending', world: {}, to: 'Provisioning', does: ['ensure configMaps orders-config'] },
    {
      why: 'the Secrets come when the UID of the ConfigMap is known, and before the servers that mount them',
      from: 'Provisioning',
      world: { config },
      to: 'Provisioning',
      does: ['createSecret orders-credentials', 'createSecret orders-internal', 'ensure statefulSets orders'],
    },
    { why: 'Services come after the servers', from: 'Provisioning', world: { config, statefulSet }, to: 'Configuring', does: ['ensure services orders', 'ensure services orders-headless'] },
    { why: 'only the Service that is missing is created', from: 'Configuring', world: { config, statefulSet, service }, to: 'Configuring', does: ['ensure services orders-headless'] },
    { why: 'no step is left out, even if all is there', from: 'Pending', world: { config: configOnceUp, statefulSet, service, headlessService, reachable: true }, to: 'Provisioning', does: [] },
    {
      why: 'it waits for the servers',
      from: 'Configuring',
      world: { config, service, headlessService, statefulSet },
      to: 'Deploying',
      does: [],
    },
    { why: 'it waits for the way to the primary', from: 'Deploying', world: { config, statefulSet, service, headlessService, pods }, to: 'Verifying', does: [] },
    { why: 'its servers are checked first', from: 'Verifying', world: { config: configOnceUp, statefulSet, service, headlessService, reachable: true, pods }, to: 'Verifying', does: [] },
    { why: 'it is Ready, and no longer new', from: 'Verifying', world: { config, statefulSet, service, headlessService, reachable: true, pods, checks }, to: 'Ready', does: ['apply configMaps orders-config'] },
  ])('from $from to $to: $why', ({ from, world, to, does }) => {
    const whole = { ...anEmptyWorld(inPhase(from)), ...world };
    expect({ to: decide(whole).status?.phase, does: effects(whole) }).toEqual({ to, does });
  });
});

describe('a server is rolled out only when', () => {
  test.each<{ why: string; parts: Partial<DatabaseWorld> }>([
    { why: 'it is ready', parts: { pods: [aServer({ state: { running: {} } })] } },
    { why: 'it runs the newest template', parts: { pods: [aServer({ metadata: { labels: { 'controller-revision-hash': 'old' } } })] } },
    { why: 'it stays', parts: { pods: [aServer({ metadata: { deletionTimestamp: NOW } })] } },
    { why: 'it is wanted', parts: { pods: [aServer({ ordinal: 1 })] } },
    { why: 'its controller has seen the newest spec', parts: { statefulSet: aStatefulSet(aDatabase(), { observedGeneration: 0 }) } },
  ])('$why', ({ parts }) => {
    expect(decide(aWorld({ database: inPhase('Ready'), ...parts })).status?.phase).toBe('Deploying');
  });

  test('and the Database is Ready when the StatefulSet says so, too: people look there next', () => {
    expect(decide(aWorld({ database: inPhase('Verifying'), statefulSet: aStatefulSet(aDatabase(), { readyReplicas: 0 }) })).status?.phase).toBe('Verifying');
  });

  test('which it is, too, when the number that its controller saw is that of a predecessor of the same name', () => {
    expect(decide(aWorld({ database: inPhase('Ready'), statefulSet: aStatefulSet(aDatabase(), { observedGeneration: 7 }) })).status?.phase).toBe('Ready');
  });

  test('it was given the newest spec: one that is about to be applied is not there yet', () => {
    const database = aDatabase({ spec: { image: 'postgres:14-alpine' }, status: { phase: 'Ready' } });
    expect(decide(aWorld({ database }, aDatabase())).status).toMatchObject({ phase: 'Deploying', ready: false });
  });
});

describe('back to the step that is no longer true', () => {
  test.each<{ why: string; from: DatabasePhase; gone: Partial<DatabaseWorld>; to: DatabasePhase; does: string[] }>([
    { why: 'the Service routes nowhere', from: 'Ready', gone: { reachable: false }, to: 'Verifying', does: [] },
    { why: 'a Service was deleted', from: 'Ready', gone: { service: undefined }, to: 'Configuring', does: ['ensure services orders'] },
    {
      why: 'the StatefulSet was deleted',
      from: 'Ready',
      gone: { statefulSet: undefined },
      to: 'Provisioning',
      does: ['createSecret orders-credentials', 'createSecret orders-internal', 'ensure statefulSets orders'],
    },
    { why: 'the ConfigMap was deleted, and the Secrets with it', from: 'Verifying', gone: { config: undefined }, to: 'Provisioning', does: ['ensure configMaps orders-config'] },
  ])('from $from to $to: $why', ({ from, gone, to, does }) => {
    const world = aWorld({ database: inPhase(from), ...gone });
    expect({ to: decide(world).status?.phase, does: effects(world) }).toEqual({ to, does });
  });

  test('from Failed, a Database whose spec was mended starts again', () => {
    expect(decide(aWorld({ database: inPhase('Failed') })).status?.phase).toBe('Pending');
  });
});

describe('a Database that is being verified says', () => {
  const verifying = (parts: Partial<DatabaseWorld>): string | undefined => condition(decide(aWorld({ database: inPhase('Verifying'), ...parts })).status, 'Ready').message;
  const failing: DatabaseStatus = {
    phase: 'Verifying',
    consistency: { checkedAt: NOW, servers: startsOf(aWorld()) ?? '', failedChecks: 1, nextCheckTime: '2026-01-02T03:04:10Z' },
    conditions: [{ type: 'Consistent', status: 'False', reason: 'StandbyLags', message: 'orders-1 lags', lastTransitionTime: NOW }],
  };
  test.each<{ why: string; parts: Partial<DatabaseWorld>; says: string }>([
    { why: 'that it is checked', parts: { checks: [] }, says: 'All replicas ready, checking consistency' },
    { why: 'that only its Service is missing', parts: { reachable: false }, says: 'All replicas ready, consistency checked: waiting until the Service routes to the primary' },
    { why: 'what is amiss, and when it is checked again', parts: { database: aDatabase({ status: failing }) }, says: 'Consistency check failed, retrying at 2026-01-02T03:04:10Z: orders-1 lags' },
  ])('$why', ({ parts, says }) => expect(verifying(parts)).toBe(says));
});

describe('a Database that is Ready', () => {
  const { status, effects: none, requeueAfterMs } = decide(aWorld({ database: inPhase('Verifying') }));

  test('says where it is to be reached and which Secret to use', () => {
    expect(status).toMatchObject({ ready: true, endpoint: 'orders.shop.svc.cluster.local:5432', secretName: 'orders-credentials', readyReplicas: 1, observedGeneration: 1 });
  });

  test('has the conditions Ready, Progressing, Degraded and Consistent, each of this generation', () => {
    expect(status?.conditions?.map(({ type, status: value, observedGeneration }) => [type, value, observedGeneration])).toEqual([
      ['Ready', 'True', 1],
      ['Progressing', 'False', 1],
      ['Degraded', 'False', 1],
      ['Consistent', 'True', 1],
    ]);
  });

  test('is left in peace: no effect, and a look every five minutes', () => {
    expect([none, requeueAfterMs]).toEqual([[], 300_000]);
  });

  test('comes to the same status again', () => {
    const again = decideDatabase(aWorld({ database: aDatabase({ status: status ?? {} }) }), now + 60_000);
    expect(again.status).toEqual(status);
  });

  test('has an endpoint from the moment on that its primary is ready, whatever its standbys are: from then on it is not new', () => {
    const database = aDatabase({ spec: { replicas: 3 }, status: { phase: 'Deploying' } });
    const starting = (pod: DatabaseWorld['pods'][number]): DatabaseStatus | undefined => decide(aWorld({ database, reachable: false, pods: [pod] })).status;
    expect(starting(aServer())).toMatchObject({ phase: 'Deploying', readyReplicas: 1, endpoint: 'orders.shop.svc.cluster.local:5432' });
    expect(starting(aServer({ state: { running: {} } }))).not.toHaveProperty('endpoint');
  });

  test('keeps its endpoint in status when it falls back', () => {
    const database = aDatabase({ status: { ...READY, endpoint: 'orders.shop.svc.cluster.local:5432' } });
    const back = decide(aWorld({ database, pods: [] }));
    expect(back.status).toMatchObject({ phase: 'Deploying', ready: false, endpoint: 'orders.shop.svc.cluster.local:5432' });
  });
});

test('one that is not Ready is looked at again, because no event tells that time has passed', () => {
  expect(decide(anEmptyWorld()).requeueAfterMs).toBe(10_000);
});

test('while it waits for servers, the condition says what keeps their pods from running', () => {
  const pods = [aServer({ state: { waiting: { reason: 'ErrImagePull', message: 'not found' } } })];
  const world = aWorld({ database: inPhase('Deploying'), pods });
  expect(condition(decide(world).status, 'Ready')).toEqual({ status: 'False', reason: 'ImageNotPulled', message: 'Waiting for the servers to be ready; pod orders-0: ErrImagePull: not found' });
});

describe('the Secrets are created again', () => {
  const scheduledAt = (seconds: number): DatabaseWorld['pods'] => [
    aPod({ status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: new Date(now - seconds * 1000).toISOString() }] } }),
  ];
  const secrets = ['createSecret orders-credentials', 'createSecret orders-internal'];
  test.each([
    { why: 'when a pod waits as if a mount were missing', world: aWorld({ database: inPhase('Ready'), pods: scheduledAt(11) }), does: secrets },
    { why: 'but not before it has waited 10 s', world: aWorld({ database: inPhase('Ready'), pods: scheduledAt(9) }), does: [] },
    { why: 'but not without the ConfigMap that owns them', world: aWorld({ database: inPhase('Ready'), pods: scheduledAt(11), config: undefined }), does: ['ensure configMaps orders-config'] },
  ])('$why', ({ world, does }) => {
    expect(effects(world)).toEqual(does);
  });

  test('owned by the ConfigMap, with random passwords that are in no plan', () => {
    const [credentials, internal] = decide(aWorld({ database: inPhase('Ready'), pods: scheduledAt(11) })).effects;
    expect(credentials).toMatchObject({ generate: ['password'], object: { stringData: { username: 'clerk', database: 'orders' }, metadata: { ownerReferences: [{ kind: 'ConfigMap', name: 'orders-config', controller: true }] } } });
    expect(internal).toMatchObject({ generate: ['password', 'backup-password', 'replication-password'], object: { stringData: { username: 'postgres', 'backup-username': 'database_operator_backup' } } });
  });
});

describe('a child that is not what is wanted is applied again', () => {
  const { config, service } = aWorld();
  test.each<{ why: string; parts: Partial<DatabaseWorld>; does: string[] }>([
    { why: 'when somebody edited it', parts: { config: config && { ...config, data: { ...config.data, 'start.sh': 'exit 0' } } }, does: ['apply configMaps orders-config'] },
    { why: 'when somebody took the selector away', parts: { service: service && { ...service, spec: {} } }, does: ['apply services orders'] },
    { why: 'when the spec wants another image of the same major', parts: { database: aDatabase({ spec: { image: 'postgres:14-alpine' }, status: READY }) }, does: ['apply statefulSets orders'] },
    { why: 'but not when a default was filled in', parts: { service: service && { ...service, spec: { ...service.spec, sessionAffinity: 'None' } } }, does: [] },
  ])('$why', ({ parts, does }) => {
    // Of checks, database/check tells.
    expect(effects(aWorld({ database: inPhase('Ready'), ...parts }, aDatabase())).filter((effect) => !effect.includes(' jobs '))).toEqual(does);
  });
});

test('a spec that breaks the schema is Failed with what is wrong, and nothing is touched', () => {
  const plan = decide(anEmptyWorld(aDatabase({ spec: { replicas: 0 } })));
  expect(plan.effects).toEqual([]);
  expect(plan.status).toMatchObject({ phase: 'Failed', ready: false });
  expect(condition(plan.status, 'Ready')).toEqual({ status: 'False', reason: 'InvalidSpec', message: 'spec.replicas: should be greater than or equal to 1' });
});

test('an effect that was refused leaves the phase and says why', () => {
  const status = blockedStatus(anEmptyWorld(inPhase('Provisioning')), now, { reason: 'NameTaken', message: 'ConfigMap shop/orders-config already exists' });
  expect(status.phase).toBe('Provisioning');
  for (const type of ['Ready', 'Progressing']) expect(condition(status, type)).toMatchObject({ reason: 'NameTaken', message: 'ConfigMap shop/orders-config already exists' });
});
