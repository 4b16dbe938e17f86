import type { PodStatus } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, test } from 'vitest';
import { aServer, type ServerParts } from '../../../test/database-world.ts';
import { aPod, ended, NOW } from '../../../test/fixtures.ts';
import { childLabels } from '../children/metadata.ts';
import { serverTroubles, type Trouble } from './troubles.ts';
import type { Warning } from './warnings.ts';

const now = Date.parse(NOW);
const seconds = (ago: number): string => new Date(now - ago * 1000).toISOString();
const unscheduled = (message: string, ago = 6): Partial<PodStatus> => ({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastTransitionTime: seconds(ago) }] });
const creating: Partial<PodStatus> = { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: seconds(20) }] };
const crashed = (message?: string, reason?: string): ServerParts => ({ state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } }, lastState: ended(1, message, reason) });
const warning = (kind: Warning['kind'], name: string, reason: string, note: string): Warning => ({ kind, name, reason, note });
const see = (parts: ServerParts, ...warnings: Warning[]): Pick<Trouble, 'reason' | 'message'>[] => serverTroubles({ pods: [aServer(parts)], warnings }, now).map(({ reason, message }) => ({ reason, message }));

describe('a server is in trouble, with its own words', () => {
  test.each<{ why: string; pod: ServerParts; warnings?: Warning[]; reason: string; says: string }>([
    {
      why: 'an image that cannot be pulled',
      pod: { state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "postgres:14"' } } },
      reason: 'ImageNotPulled',
      says: 'pod orders-0: ImagePullBackOff: Back-off pulling image "postgres:14"',
    },
    { why: 'an image whose name is none', pod: { state: { waiting: { reason: 'InvalidImageName', message: 'invalid' } } }, reason: 'ImageNotPulled', says: 'pod orders-0: InvalidImageName: invalid' },
    { why: 'a container that cannot be made', pod: { state: { waiting: { reason: 'CreateContainerError', message: 'no such file' } } }, reason: 'ContainerNotStarted', says: 'pod orders-0: CreateContainerError: no such file' },
    { why: 'a pod that no node takes', pod: { status: unscheduled('0/1 nodes are available: 1 Insufficient cpu.') }, reason: 'Unschedulable', says: 'pod orders-0: Unschedulable: 0/1 nodes are available: 1 Insufficient cpu.' },
    {
      why: 'a claim without a volume',
      pod: { status: unscheduled('0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.') },
      reason: 'VolumeNotBound',
      says: 'pod orders-0: Unschedulable: 0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.',
    },
    {
      why: 'a claim without a volume, with what is said of the claim',
      pod: { status: unscheduled('pod has unbound immediate PersistentVolumeClaims.') },
      warnings: [warning('PersistentVolumeClaim', 'data-orders-0', 'ProvisioningFailed', 'storageclass.storage.k8s.io "fast" not found')],
      reason: 'VolumeNotBound',
      says: 'pod orders-0: claim data-orders-0: storageclass.storage.k8s.io "fast" not found',
    },
    { why: 'a server that crashes, with the end of its log', pod: crashed('LOG: one\nLOG: two\nLOG: three\nLOG: four\n\nFATAL: five\n'), reason: 'ServerCrashed', says: 'pod orders-0: the server ended with exit code 1: LOG: two | LOG: three | LOG: four | FATAL: five' },
    { why: 'a server that crashes without a word', pod: crashed(), reason: 'ServerCrashed', says: 'pod orders-0: the server ended with exit code 1' },
    { why: 'a server that just crashed', pod: { state: ended(1) }, reason: 'ServerCrashed', says: 'pod orders-0: the server ended with exit code 1' },
    { why: 'a server that starts again after a crash', pod: { state: { running: {} }, lastState: ended(1) }, reason: 'ServerCrashed', says: 'pod orders-0: the server ended with exit code 1' },
    { why: 'a server that had too little memory', pod: crashed('LOG: x', 'OOMKilled'), reason: 'OutOfMemory', says: 'pod orders-0: the server was killed for want of memory: raise spec.resources.limits.memory' },
    {
      why: 'a Secret that is missing',
      pod: { status: creating },
      warnings: [warning('Pod', 'orders-0', 'FailedMount', 'MountVolume.SetUp failed for volume "tls" : secret "cert" not found')],
      reason: 'SecretNotFound',
      says: 'pod orders-0: FailedMount: MountVolume.SetUp failed for volume "tls" : secret "cert" not found',
    },
    ...[
      { volume: 'internal', secret: 'Secret orders-internal', key: 'replication-password' },
      { volume: 'credentials', secret: 'Secret orders-credentials', key: 'password' },
      { volume: 'tls', secret: 'the Secret of tls.secretName', key: 'tls.key' },
    ].map(({ volume, secret, key }) => ({
      why: `a key that is missing in ${secret}`,
      pod: { status: creating, metadata: { labels: childLabels('orders') } },
      warnings: [warning('Pod', 'orders-0', 'FailedMount', `MountVolume.SetUp failed for volume "${volume}" : references non-existent secret key: ${key}`)],
      reason: 'SecretNotFound',
      says: `pod orders-0: ${secret} has no key ${key}: add it to the Secret`,
    })),
    { why: 'a volume that cannot be mounted', pod: { status: creating }, warnings: [warning('Pod', 'orders-0', 'FailedMount', 'wrong fs type')], reason: 'VolumeNotMounted', says: 'pod orders-0: FailedMount: wrong fs type' },
  ])('$why: $reason', ({ pod, warnings = [], reason, says }) => {
    expect(see(pod, ...warnings)).toEqual([{ reason, message: says }]);
  });
});

describe('a StatefulSet that cannot make its pods says why', () => {
  test.each([
    { why: 'a quota', note: 'create Pod orders-0 in StatefulSet orders failed error: pods "orders-0" is forbidden: exceeded quota: small', reason: 'QuotaExceeded' },
    { why: 'a webhook', note: 'create Pod orders-0 in StatefulSet orders failed error: admission webhook denied the request', reason: 'PodRefused' },
  ])('$why: $reason', ({ note, reason }) => {
    expect(serverTroubles({ pods: [], warnings: [warning('StatefulSet', 'orders', 'FailedCreate', note)] }, now)).toEqual([{ reason, message: note }]);
  });
});

describe('no trouble is', () => {
  test.each<{ why: string; pod: ServerParts; warnings?: Warning[] }>([
    { why: 'a server that is ready', pod: {} },
    { why: 'one that was ready again after a crash', pod: { lastState: ended(1) } },
    { why: 'a container that is being created', pod: { state: { waiting: { reason: 'ContainerCreating' } } } },
    { why: 'a server that starts', pod: { state: { running: {} } } },
    { why: 'a pod that waits for its volume for 4 s', pod: { status: unscheduled('pod has unbound immediate PersistentVolumeClaims.', 4) } },
    { why: 'a server that was asked to stop', pod: { state: { running: {} }, lastState: ended(0) } },
    { why: 'a pod that is being deleted', pod: { ...crashed(), metadata: { deletionTimestamp: NOW } } },
    { why: 'a pod of which nothing is known', pod: { status: {} } },
    { why: 'what was said of a mount that has worked since', pod: { state: { running: {} } }, warnings: [warning('Pod', 'orders-0', 'FailedMount', 'timed out')] },
  ])('$why', ({ pod, warnings = [] }) => {
    expect(see(pod, ...warnings)).toEqual([]);
  });

  test('the pod of a run', () => {
    expect(serverTroubles({ pods: [aPod({ state: { waiting: { reason: 'ErrImagePull' } } })], warnings: [] }, now)).toEqual([]);
  });
});
