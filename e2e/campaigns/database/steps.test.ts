import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../harness/kubectl.ts';
import { CHANGES, type Scene } from './steps.ts';

const object = (name: string, metadata: Partial<KubeObject['metadata']>, phase: string): KubeObject => ({ kind: '', metadata: { name, uid: 'old', creationTimestamp: '', generation: 1, ...metadata }, spec: {}, status: { phase } });
const scene = (phase: string, ...pods: KubeObject[]): Scene => ({
  database: object('shop', {}, phase),
  pods: new Map(pods.map((pod) => [pod.metadata.name, pod])),
  before: new Map([['shop-0', 'old'], ['shop-1', 'old'], ['shop-2', 'old']]),
});
const three = (changed: Partial<KubeObject['metadata']>): KubeObject[] => [object('shop-0', {}, 'Running'), object('shop-1', {}, 'Running'), object('shop-2', changed, 'Running')];

describe('a step is recognised', () => {
  test.each<{ why: string; change: keyof typeof CHANGES; step: string; seen: Scene; recognised: boolean }>([
    { why: 'when the pod is being deleted', change: 'update', step: 'the first standby goes', seen: scene('Ready', ...three({ deletionTimestamp: 'now' })), recognised: true },
    { why: 'when another has its name', change: 'update', step: 'the first standby goes', seen: scene('Ready', ...three({ uid: 'new' })), recognised: true },
    { why: 'when the pod is gone', change: 'down', step: 'the first standby goes', seen: scene('Ready', ...three({}).slice(0, 2)), recognised: true },
    { why: 'not while the pod from before is there', change: 'update', step: 'the first standby goes', seen: scene('Ready', ...three({})), recognised: false },
    { why: 'by the phase', change: 'update', step: 'it is verified', seen: scene('Verifying', ...three({})), recognised: true },
    { why: 'not in another phase', change: 'update', step: 'it is verified', seen: scene('Deploying', ...three({})), recognised: false },
    { why: 'when both standbys run', change: 'up', step: 'the standbys copy the primary', seen: scene('Deploying', ...three({})), recognised: true },
    { why: 'not when one does not', change: 'up', step: 'the standbys copy the primary', seen: scene('Deploying', ...three({}).slice(0, 2)), recognised: false },
  ])('$why', ({ change, step, seen, recognised }) => {
    expect(CHANGES[change].steps[step]?.(seen)).toBe(recognised);
  });
});
