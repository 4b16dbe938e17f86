import type { DatabaseSpec } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aStatefulSet, aWorld } from '../../test/database-world.ts';
import { aDatabase, NOW, READY } from '../../test/fixtures.ts';
import { decideDatabase } from './decide.ts';
import { degradation, supportedSpec } from './degradation.ts';

const UP = { ...READY, endpoint: 'orders.shop.svc.cluster.local:5432' };
const running = aDatabase({ spec: { image: 'postgres:14', storage: { size: '1Gi' } } });
/** What runs was made from `running`; the spec was changed since. */
const changedTo = (spec: Partial<DatabaseSpec>): ReturnType<typeof aWorld> => aWorld({ database: aDatabase({ spec, status: UP }) }, running);

describe('what of the spec is not in force is said in condition Degraded', () => {
  test.each<{ why: string; spec: Partial<DatabaseSpec>; status: string; reason: string; says: RegExp }>([
    { why: 'nothing', spec: {}, status: 'False', reason: 'AsSpecified', says: /in force/ },
    { why: 'another minor image', spec: { image: 'postgres:14-alpine' }, status: 'False', reason: 'AsSpecified', says: /in force/ },
    { why: 'another major image', spec: { image: 'postgres:15' }, status: 'False', reason: 'MajorUpdate', says: /on its way/ },
    { why: 'another major by majorVersion', spec: { image: 'postgres:latest', majorVersion: 16 }, status: 'False', reason: 'MajorUpdate', says: /on its way/ },
    { why: 'the same size in other words', spec: { storage: { size: '1024Mi' } }, status: 'False', reason: 'AsSpecified', says: /in force/ },
  ])('$why: $reason', ({ spec, status, reason, says }) => {
    expect(degradation(changedTo(spec), undefined)).toEqual({ type: 'Degraded', status, reason, message: expect.stringMatching(says) });
  });
});

describe('with an image of another major version', () => {
  const world = changedTo({ image: 'postgres:15' });

  test('the running image stays, so that no empty database appears in the place of the data', () => {
    expect(supportedSpec(world).spec).toMatchObject({ image: 'postgres:14', majorVersion: 14 });
    expect(decideDatabase(world, Date.parse(NOW)).effects).toEqual([]);
  });

  test('other changes of the spec are still made', () => {
    const { effects } = decideDatabase(changedTo({ image: 'postgres:15', resources: { limits: { memory: '1Gi' } } }), Date.parse(NOW));
    expect(effects[0]).toMatchObject({ do: 'apply', object: { spec: { template: { spec: { containers: [{ image: 'postgres:14', resources: { limits: { memory: '1Gi' } } }] } } } } });
  });

  test('it is Ready with what runs', () => {
    expect(decideDatabase(world, Date.parse(NOW)).status).toMatchObject({ phase: 'Ready', ready: true });
  });
});

test('with a larger volume, the claim template stays as Kubernetes wants it', () => {
  expect(decideDatabase(changedTo({ storage: { size: '2Gi' } }), Date.parse(NOW)).effects).not.toContainEqual(expect.objectContaining({ resource: 'statefulSets' }));
});

test('before there are servers, nothing is degraded by an image', () => {
  expect(degradation({ ...changedTo({ image: 'postgres:15' }), statefulSet: undefined }, undefined).status).toBe('False');
});

test('a container without PGDATA is not taken for one of another major', () => {
  const bare = { ...aStatefulSet(running), spec: { selector: {}, serviceName: '', template: { spec: { containers: [{ name: 'postgres' }] } } } };
  expect(degradation({ ...changedTo({ image: 'postgres:15' }), statefulSet: bare }, undefined).reason).toBe('AsSpecified');
});
