import type { PodCondition } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, test } from 'vitest';
import { aPod, NOW, type APod, type PodParts } from '../../../test/fixtures.ts';
import { waitsForMounts } from './pod-states.ts';

const serverPod = (parts: PodParts): APod => aPod({ metadata: { name: 'orders-0' }, ...parts });
const scheduled = (status: 'True' | 'False', more: Partial<PodCondition> = {}): PodCondition[] => [{ type: 'PodScheduled', status, ...more }];
const now = Date.parse(NOW);
const ago = (seconds: number): string => new Date(now - seconds * 1000).toISOString();

describe('a pod waits for mounts', () => {
  const creating = (seconds: number): PodParts => ({ state: { waiting: { reason: 'ContainerCreating' } }, status: { phase: 'Pending', conditions: scheduled('True', { lastTransitionTime: ago(seconds) }) } });

  test.each<{ why: string; pod: PodParts; waits: boolean }>([
    { why: 'when its container is not created 11 s after it got a node', pod: creating(11), waits: true },
    { why: 'when its node has said nothing of its container for 11 s', pod: { status: { ...creating(11).status } }, waits: true },
    { why: 'but not within 10 s', pod: creating(10), waits: false },
    { why: 'but not while it has no node', pod: { status: { phase: 'Pending', conditions: scheduled('False') } }, waits: false },
    { why: 'but not when it is the image that is missing', pod: { ...creating(60), state: { waiting: { reason: 'ErrImagePull' } } }, waits: false },
    { why: 'but not when it runs', pod: { ...creating(60), status: { ...creating(60).status, phase: 'Running' } }, waits: false },
  ])('$why', ({ pod, waits }) => {
    expect(waitsForMounts([serverPod(pod)], now)).toBe(waits);
  });
});
