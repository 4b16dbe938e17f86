import { describe, expect, test } from 'vitest';
import type { ApiObject } from '../api.ts';
import { CHANGES, endsOf, MOMENTS, nextOf, type Scene } from './steps.ts';

const object = (name: string, metadata: Partial<ApiObject['metadata']>, phase: string): ApiObject => ({ kind: '', metadata: { name, uid: 'old', generation: 2, ...metadata }, spec: {}, status: { phase, observedGeneration: 2 } });
const scene = (phase: string, ...pods: ApiObject[]): Scene => ({
  database: object('shop', {}, phase),
  pods: new Map(pods.map((pod) => [pod.metadata.name, pod])),
  before: new Map([['shop-0', 'old'], ['shop-1', 'old'], ['shop-2', 'old']]),
});
const three = (changed: Partial<ApiObject['metadata']>): ApiObject[] => [object('shop-0', {}, 'Running'), object('shop-1', {}, 'Running'), object('shop-2', changed, 'Running')];

describe('a step is recognised', () => {
  test.each<{ why: string; change: keyof typeof CHANGES; step: string; seen: Scene; recognised: boolean }>([
    { why: 'when the pod is being deleted', change: 'update', step: 'the first standby goes', seen: scene('Ready', ...three({ deletionTimestamp: 'now' })), recognised: true },
    { why: 'when another has its name', change: 'update', step: 'the first standby goes', seen: scene('Ready', ...three({ uid: 'new' })), recognised: true },
    { why: 'when the pod is gone', change: 'down', step: 'the first standby goes', seen: scene('Ready', ...three({}).slice(0, 2)), recognised: true },
    { why: 'not while the pod from before is there', change: 'update', step: 'the first standby goes', seen: scene('Ready', ...three({})), recognised: false },
    { why: 'by the phase', change: 'update', step: 'it is verified', seen: scene('Verifying', ...three({})), recognised: true },
    { why: 'when it was so quick that the phase is over', change: 'update', step: 'it is verified', seen: scene('Ready', ...three({})), recognised: true },
    { why: 'but not while it is Ready with the spec before', change: 'update', step: 'it is verified', seen: { ...scene('Ready', ...three({})), database: object('shop', { generation: 3 }, 'Ready') }, recognised: false },
    { why: 'not in another phase', change: 'update', step: 'it is verified', seen: scene('Deploying', ...three({})), recognised: false },
    { why: 'when both standbys run', change: 'up', step: 'the standbys copy the primary', seen: scene('Deploying', ...three({})), recognised: true },
    { why: 'not when one does not', change: 'up', step: 'the standbys copy the primary', seen: scene('Deploying', ...three({}).slice(0, 2)), recognised: false },
  ])('$why', ({ change, step, seen, recognised }) => {
    expect(CHANGES[change].steps[step]?.(seen)).toBe(recognised);
  });
});

const IMAGE = 'postgres:18';
const NEXT = nextOf(IMAGE);

test('an update goes from the image that is there to the other one', () => {
  expect([IMAGE, NEXT].map((image) => endsOf(CHANGES.update, image))).toEqual([
    { from: { replicas: 3, image: IMAGE }, to: { replicas: 3, image: NEXT } },
    { from: { replicas: 3, image: NEXT }, to: { replicas: 3, image: IMAGE } },
  ]);
});

test('scaling keeps the image, and begins where the one before has ended', () => {
  const scalings = MOMENTS.filter(({ change }) => change !== 'update').map(({ change }) => endsOf(CHANGES[change], NEXT));
  expect(scalings.map(({ from, to }) => `${from.replicas} to ${to.replicas} of ${to.image}`)).toEqual([3, 1, 3, 1, 1].map((from) => `${from} to ${from === 3 ? 1 : 3} of ${NEXT}`));
});
