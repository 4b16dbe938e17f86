import { describe, expect, test } from 'vitest';
import { aServer, aStatefulSet, anEmptyWorld, aWorld } from '../../test/database-world.ts';
import { aDatabase, live, NOW, READY, RESOURCES } from '../../test/fixtures.ts';
import { decideDatabase } from './decide.ts';
import type { DatabaseWorld } from './world.ts';
import { heldReplicas, isNew, standbyLabels } from './standbys.ts';

const claim = (name: string, creationTimestamp: string): DatabaseWorld['claims'][number] =>
  live(RESOURCES.claims, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: 'shop', ...{ creationTimestamp } } });
const EARLIER = '2026-01-01T00:00:00Z';
const LATER = '2026-01-02T03:00:01Z';
const three = aDatabase({ spec: { replicas: 3 }, status: { phase: 'Ready', endpoint: 'orders.shop.svc.cluster.local:5432' } });

describe('an empty volume of the primary may become an empty database', () => {
  test.each<{ why: string; world: DatabaseWorld; may: boolean }>([
    { why: 'when nothing is there yet', world: anEmptyWorld(), may: true },
    { why: 'while its servers come up for the first time', world: { ...anEmptyWorld(), statefulSet: aStatefulSet(), claims: [claim('data-orders-0', LATER), claim('data-orders-1', LATER)] }, may: true },
    { why: 'when only its own volume is left of an earlier Database: there is no copy to lose', world: { ...anEmptyWorld(), claims: [claim('data-orders-0', EARLIER)] }, may: true },
    { why: 'but not when a volume of a standby is left of an earlier one', world: { ...anEmptyWorld(), claims: [claim('data-orders-1', EARLIER)] }, may: false },
    { why: 'whatever is left of a Database with a longer name', world: { ...anEmptyWorld(), claims: [claim('data-orders-old-1', EARLIER), claim('orders-backups', EARLIER)] }, may: true },
    { why: 'but not once clients could reach it', world: { ...anEmptyWorld(), reachable: true }, may: false },
    { why: 'and never again after that', world: { ...anEmptyWorld(three) }, may: false },
  ])('$why', ({ world, may }) => {
    expect(isNew(world)).toBe(may);
  });

  test('and the ConfigMap tells the server', () => {
    const settings = (world: DatabaseWorld): unknown[] => decideDatabase(world, Date.parse(NOW)).effects.map((effect) => ('object' in effect ? (effect.object as { data?: Record<string, string> }).data?.['settings.sh']?.match(/MAY_INITIALISE='(\w+)'/)?.[1] : undefined));
    expect(settings(anEmptyWorld(aDatabase({ status: { phase: 'Pending' } })))).toEqual(['yes']);
    expect(settings({ ...anEmptyWorld(three), database: { ...three, status: { ...three.status, phase: 'Provisioning' } } })).toEqual(['no']);
  });
});

describe('with a standby goes its volume, so', () => {
  const scaledDown = (reachable: boolean): DatabaseWorld => aWorld({ database: aDatabase({ status: READY }), statefulSet: aStatefulSet(three), reachable }, three);

  test('none is given up while the primary is not up', () => {
    expect(heldReplicas(scaledDown(false))).toBe(3);
    const { effects, status } = decideDatabase(scaledDown(false), Date.parse(NOW));
    expect(effects).not.toContainEqual(expect.objectContaining({ resource: 'statefulSets' }));
    expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'Degraded', status: 'True', reason: 'StandbysHeld' }));
  });

  test('the lost primary still asks all of them', () => {
    expect(decideDatabase(scaledDown(false), Date.parse(NOW)).effects).not.toContainEqual(expect.objectContaining({ resource: 'configMaps' }));
    expect(decideDatabase(scaledDown(true), Date.parse(NOW)).effects).toContainEqual(expect.objectContaining({ resource: 'configMaps' }));
  });

  test('they go when it is', () => {
    expect(heldReplicas(scaledDown(true))).toBe(1);
    expect(decideDatabase(scaledDown(true), Date.parse(NOW)).effects).toContainEqual(expect.objectContaining({ do: 'apply', resource: 'statefulSets' }));
  });

  test('more are made at any time', () => {
    expect(heldReplicas({ ...anEmptyWorld(three), statefulSet: aStatefulSet() })).toBe(3);
  });
});

describe('the pods of standbys get the label that Service <db>-ro selects by', () => {
  const world = (...pods: DatabaseWorld['pods'][number][]): DatabaseWorld => ({ ...aWorld({ database: three }), pods });
  const labelled = (...pods: DatabaseWorld['pods'][number][]): unknown[] => standbyLabels(world(...pods));
  const label = { 'database.example.com/role': 'standby' };

  test('each that has none, by UID', () => {
    const [first, second] = [aServer({ ordinal: 1 }), aServer({ ordinal: 12 })];
    expect(labelled(first, second)).toMatchObject([{ do: 'labelPod', object: { metadata: { name: 'orders-1', uid: first.metadata.uid, labels: label } } }, { object: { metadata: { name: 'orders-12' } } }]);
  });

  test.each([
    { why: 'the primary', pod: aServer() },
    { why: 'one that has it', pod: aServer({ ordinal: 1, metadata: { labels: label } }) },
    { why: 'one that is not ready', pod: aServer({ ordinal: 1, state: { running: {} } }) },
    { why: 'one that ends', pod: aServer({ ordinal: 1, metadata: { deletionTimestamp: NOW } }) },
    { why: 'one of somebody else', pod: aServer({ ordinal: 1, metadata: { ownerReferences: [] } }) },
  ])('but not $why', ({ pod }) => {
    expect(labelled(pod)).toEqual([]);
  });
});

describe('what only a Database with standbys has', () => {
  const { readOnlyService, disruptionBudget } = aWorld({ database: three });
  const one = aDatabase({ status: READY });
  const starting = aWorld({ database: { ...three, status: { ...three.status, phase: 'Deploying' } }, pods: [], disruptionBudget: undefined });
  test.each<{ why: string; world: DatabaseWorld; does: string[] }>([
    { why: 'a Service for them is there with the first', world: aWorld({ database: three, readOnlyService: undefined }), does: ['ensure services orders-ro'] },
    { why: 'so is a disruption budget', world: aWorld({ database: three, disruptionBudget: undefined }), does: ['ensure disruptionBudgets orders'] },
    { why: 'but not while servers start for the first time', world: starting, does: [] },
    { why: 'and is made again while they start later', world: { ...starting, database: { ...three, status: { ...three.status, phase: 'Deploying', consistency: { checkedAt: NOW, servers: 'others' } } } }, does: ['ensure disruptionBudgets orders'] },
    { why: 'both are left alone when they are as they should be', world: aWorld({ database: three }), does: [] },
    { why: 'the Service goes with the last', world: aWorld({ database: one, readOnlyService }), does: ['delete services orders-ro'] },
    { why: 'so does the disruption budget', world: aWorld({ database: one, disruptionBudget }), does: ['delete disruptionBudgets orders'] },
    { why: 'without any, none is made', world: aWorld({ database: one }), does: [] },
  ])('$why', ({ world, does }) => {
    const effects = decideDatabase(world, Date.parse(NOW)).effects.map((effect) => `${effect.do} ${'resource' in effect ? `${effect.resource} ` : ''}${'object' in effect ? effect.object.metadata.name : effect.target.name}`);
    expect(effects).toEqual(does);
  });

  test('the address of their Service is in the status while there are standbys', () => {
    expect(decideDatabase(aWorld({ database: three }), 0).status).toMatchObject({ readOnlyEndpoint: 'orders-ro.shop.svc.cluster.local:5432' });
    expect(decideDatabase(aWorld({ database: aDatabase({ status: READY }) }), 0).status).not.toHaveProperty('readOnlyEndpoint');
  });
});
