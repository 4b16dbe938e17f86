import { findCondition } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aClaim, anEmptyWorld, aWorld } from '../../../test/database-world.ts';
import { aDatabase, NOW, READY } from '../../../test/fixtures.ts';
import { decideDatabase } from '../decide.ts';
import type { DatabaseWorld } from '../world.ts';

const deleted = aDatabase({ metadata: { deletionTimestamp: NOW }, status: READY });
const decide = (world: DatabaseWorld): unknown[] =>
  decideDatabase(world, Date.parse(NOW)).effects.map((effect) => (effect.do === 'delete' ? `delete ${effect.resource} ${effect.target.name} ${effect.propagation}` : effect));

const whole = aWorld({ database: deleted });
const { config, service, headlessService } = whole;
const { disruptionBudget } = aWorld({ database: aDatabase({ spec: { replicas: 2 } }) });
function dying<T extends { metadata: object }>(child: T): T;
function dying<T extends { metadata: object }>(child: T | undefined): T | undefined;
function dying<T extends { metadata: object }>(child: T | undefined): T | undefined {
  return child && { ...child, metadata: { ...child.metadata, deletionTimestamp: NOW } };
}

describe('a deleted Database is taken down in order, each step gone before the next', () => {
  test.each<{ why: string; world: DatabaseWorld; does: unknown[] }>([
    { why: 'the servers first, with their pods', world: whole, does: ['delete statefulSets orders Foreground'] },
    { why: 'nothing while the servers stop', world: { ...whole, statefulSet: dying(whole.statefulSet) }, does: [] },
    { why: 'then the Services', world: { ...anEmptyWorld(deleted), config, service, headlessService }, does: ['delete services orders Foreground', 'delete services orders-headless Foreground'] },
    { why: 'only the Service that is still there', world: { ...anEmptyWorld(deleted), config, service: dying(service), headlessService }, does: ['delete services orders-headless Foreground'] },
    { why: 'then the disruption budget', world: { ...anEmptyWorld(deleted), config, disruptionBudget }, does: ['delete disruptionBudgets orders Foreground'] },
    { why: 'then the configuration, which stays until the Secrets that it owns are gone', world: { ...anEmptyWorld(deleted), config }, does: ['delete configMaps orders-config Foreground'] },
    { why: 'nothing while the Secrets go', world: { ...anEmptyWorld(deleted), config: dying(config) }, does: [] },
  ])('$why', ({ world, does }) => {
    expect(decide(world)).toEqual(does);
  });

  test('at last the finalizer goes, of this very Database', () => {
    expect(decide(anEmptyWorld(deleted))).toMatchObject([{ do: 'setFinalizers', object: { metadata: { name: 'orders', uid: deleted.metadata.uid, finalizers: [] } } }]);
  });

  test('and then nothing is left to do', () => {
    expect(decide(anEmptyWorld(aDatabase({ metadata: { deletionTimestamp: NOW, finalizers: [] } })))).toEqual([]);
  });
});

test('children are deleted by UID, so that none is hit that took the name since', () => {
  const [effect] = decideDatabase(whole, 0).effects;
  expect(effect).toMatchObject({ target: { namespace: 'shop', name: 'orders', uid: whole.statefulSet?.metadata.uid } });
});

test('a spec that breaks the schema does not stand in the way', () => {
  const broken = aDatabase({ metadata: { deletionTimestamp: NOW }, spec: { replicas: 0 } });
  expect(decide({ ...whole, database: broken })).toEqual(['delete statefulSets orders Foreground']);
});

test('its status says what is waited for, and that it is not ready', () => {
  const { status } = decideDatabase(whole, Date.parse(NOW));
  expect(status).toMatchObject({ phase: 'Ready', ready: false });
  expect(findCondition(status?.conditions, 'Ready')).toMatchObject({ status: 'False', reason: 'Deleting', message: 'The Database was deleted: waiting until the servers are gone' });
});

describe('volumes', () => {
  const world = (deletionPolicy: 'Retain' | 'Delete', claim = aClaim()): DatabaseWorld => ({ ...anEmptyWorld(aDatabase({ metadata: { deletionTimestamp: NOW }, spec: { deletionPolicy } })), config, claims: [claim, aClaim('orders-backups'), aClaim('data-orders-old-0')] });
  test.each([
    { why: 'are kept where deletionPolicy says so', seen: world('Retain'), does: ['delete configMaps orders-config Foreground'] },
    { why: 'go before the rest where it says Delete, and that of backups stays', seen: world('Delete'), does: ['delete claims data-orders-0 Foreground'] },
    { why: 'are waited for', seen: world('Delete', dying(aClaim())), does: [] },
  ])('$why', ({ seen, does }) => {
    expect(decide(seen)).toEqual(does);
  });
});
