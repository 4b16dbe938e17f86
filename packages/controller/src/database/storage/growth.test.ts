import { describe, expect, test } from 'vitest';
import { aClaim, anEmptyWorld, type AClaim } from '../../../test/database-world.ts';
import { FakeKube } from '../../../test/fake-kube.ts';
import { aDatabase, NOW } from '../../../test/fixtures.ts';
import { KubeError } from '../../kube/errors.ts';
import { createCaches } from '../../reconcile/caches.ts';
import type { DatabaseWorld } from '../world.ts';
import { growVolumes } from './grow.ts';
import { claimsToGrow, storageGrown } from './growth.ts';

const world = (claims: readonly AClaim[], parts: Partial<DatabaseWorld> = {}): DatabaseWorld => ({ ...anEmptyWorld(aDatabase({ spec: { storage: { size: '2Gi' } } })), claims, ...parts });
const claim = (name: string, requested: string, capacity: string, steps: Record<string, string> = {}): AClaim =>
  aClaim(name, { requested, status: { capacity: { storage: capacity }, conditions: Object.entries(steps).map(([type, message]) => ({ type, status: 'True', message })) } });
const grownBefore = aDatabase({ spec: { storage: { size: '2Gi' } }, status: { conditions: [{ type: 'StorageGrown', status: 'False', reason: 'Growing', message: '', lastTransitionTime: NOW }] } });

describe('the claims that are asked to grow', () => {
  test.each<{ why: string; claims: AClaim[]; names: string[] }>([
    { why: 'are those of servers that ask for less than the spec', claims: [claim('data-orders-0', '1Gi', '1Gi'), claim('data-orders-1', '2Gi', '1Gi'), claim('data-orders-2', '1Gi', '1Gi')], names: ['data-orders-0', 'data-orders-2'] },
    { why: 'are not those that ask for it in other words, or for more', claims: [claim('data-orders-0', '2048Mi', '1Gi'), claim('data-orders-1', '3Gi', '3Gi')], names: [] },
    { why: 'are not that of backups, nor those of another Database', claims: [claim('orders-backups', '1Gi', '1Gi'), claim('data-orders-old-0', '1Gi', '1Gi')], names: [] },
    { why: 'are not those that have no volume yet', claims: [aClaim('data-orders-0', { status: { phase: 'Pending' } })], names: [] },
  ])('$why', ({ claims, names }) => {
    expect(claimsToGrow(world(claims)).map(({ metadata }) => metadata.name)).toEqual(names);
  });
});

describe('condition StorageGrown', () => {
  test.each<{ why: string; seen: DatabaseWorld; says: [status: string, reason: string, message: RegExp] | undefined }>([
    { why: 'is not there when nothing ever had to grow', seen: world([claim('data-orders-0', '2Gi', '2Gi')]), says: undefined },
    { why: 'says what each claim says while they grow', seen: world([claim('data-orders-0', '2Gi', '1Gi', { Resizing: '' }), claim('data-orders-1', '2Gi', '2Gi')]), says: ['False', 'Growing', /driver.*2Gi: data-orders-0 has 1Gi, Resizing$/] },
    { why: 'says when the node has to go on', seen: world([claim('data-orders-0', '2Gi', '1Gi', { FileSystemResizePending: 'Waiting for user to (re-)start a pod' })]), says: ['False', 'FileSystemResizePending', /delete the pods.*\(re-\)start a pod/] },
    { why: 'says why the API server refuses, and what to do', seen: world([claim('data-orders-0', '1Gi', '1Gi')], { refusals: [{ claim: 'data-orders-0', message: 'no resize' }] }), says: ['False', 'GrowthRefused', /2Gi.*data-orders-0 keeps its size: no resize.*allowVolumeExpansion.*restore a Backup/] },
    { why: 'becomes True when all have the size', seen: world([claim('data-orders-0', '2Gi', '2Gi')], { database: grownBefore }), says: ['True', 'Grown', /2Gi/] },
  ])('$why', ({ seen, says }) => {
    expect(storageGrown(seen).map(({ status, reason, message }) => [status, reason, message])).toEqual(says === undefined ? [] : [[says[0], says[1], expect.stringMatching(says[2])]]);
  });
});

describe('growing', () => {
  const grow = async (error?: KubeError): Promise<{ kube: FakeKube; caches: ReturnType<typeof createCaches>; after: DatabaseWorld }> => {
    const kube = new FakeKube();
    const caches = createCaches();
    if (error !== undefined) kube.fail('merge', error);
    return { kube, caches, after: await growVolumes({ kube, caches }, world([claim('data-orders-0', '1Gi', '1Gi')]), new AbortController().signal) };
  };

  test('sets the size in the claim that was seen, and nothing else', async () => {
    const { kube, caches, after } = await grow();
    expect(kube.bodies).toEqual([expect.objectContaining({ metadata: { name: 'data-orders-0', namespace: 'shop', uid: aClaim().metadata.uid }, spec: { resources: { requests: { storage: '2Gi' } } } })]);
    expect([caches.claims.size, after.refusals]).toEqual([1, []]);
  });

  test.each([403, 422])('keeps the words of a refusal (%d)', async (code) => {
    const { after } = await grow(new KubeError({ code, reason: 'x', message: 'only dynamically provisioned pvc can be resized' }));
    expect(after.refusals).toEqual([{ claim: 'data-orders-0', message: 'only dynamically provisioned pvc can be resized' }]);
  });

  test.each([0, 404, 409, 500])('passes other errors on (%d): they may pass', async (code) => {
    await expect(grow(new KubeError({ code, reason: 'x', message: 'no' }))).rejects.toThrow('no');
  });
});

