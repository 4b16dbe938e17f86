import type { PodStatus } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, test } from 'vitest';
import { aServer, aStatefulSet } from '../../../test/database-world.ts';
import { aDatabase, NOW } from '../../../test/fixtures.ts';
import type { Kube } from '../../kube/client.ts';
import { newestWarning, silentObject, type Asking } from './warnings.ts';

const now = Date.parse(NOW);
const ago = (seconds: number): string => new Date(now - seconds * 1000).toISOString();
const pending = (status: 'True' | 'False', seconds: number, message = ''): Partial<PodStatus> => ({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status, message, lastTransitionTime: ago(seconds) }] });
const all = aStatefulSet();

describe('Events are asked about', () => {
  test.each<{ why: string; asking: Asking; object: string | undefined }>([
    { why: 'nothing while all is well', asking: { statefulSet: all, pods: [aServer()] }, object: undefined },
    { why: 'a pod that waits for its volumes', asking: { statefulSet: all, pods: [aServer({ status: pending('True', 6) })] }, object: 'Pod orders-0' },
    { why: 'but not one that got its node just now', asking: { statefulSet: all, pods: [aServer({ status: pending('True', 4) })] }, object: undefined },
    { why: 'the claim of a pod that has no volume', asking: { statefulSet: all, pods: [aServer({ status: pending('False', 6, 'unbound immediate PersistentVolumeClaims') })] }, object: 'PersistentVolumeClaim data-orders-0' },
    { why: 'a StatefulSet that lacks pods', asking: { statefulSet: aStatefulSet(aDatabase(), { replicas: 0 }), pods: [] }, object: 'StatefulSet orders' },
    { why: 'but not one that was made just now', asking: { statefulSet: { ...all, metadata: { ...all.metadata, creationTimestamp: ago(4) }, status: { replicas: 0 } }, pods: [] }, object: undefined },
    { why: 'nothing before there are servers', asking: { statefulSet: undefined, pods: [] }, object: undefined },
  ])('$why', ({ asking, object }) => {
    const silent = silentObject(asking, now);
    expect(silent && `${silent.kind} ${silent.name}`).toBe(object);
  });
});

describe('of what Events say', () => {
  const event = (note: string, seconds: number): object => ({ reason: 'FailedCreate', note, deprecatedLastTimestamp: ago(seconds) });
  const said = async (...items: object[]): Promise<string[]> => {
    const kube = { list: () => Promise.resolve({ items, resourceVersion: '1' }) } as unknown as Kube;
    const found = await newestWarning(kube, { kind: 'StatefulSet', name: 'orders', namespace: 'shop' }, { now, signal: AbortSignal.timeout(1000) });
    return found.map(({ note }) => note);
  };

  test('the newest counts', async () => {
    expect(await said(event('old', 60), event('new', 5), event('older', 90))).toEqual(['new']);
  });

  test('one that is older than the slowest repetition does not', async () => {
    expect(await said(event('old', 1300))).toEqual([]);
  });
});
