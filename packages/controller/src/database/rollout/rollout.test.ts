import { describe, expect, test } from 'vitest';
import { aServer, aStatefulSet } from '../../../test/database-world.ts';
import { aDatabase, type APod } from '../../../test/fixtures.ts';
import { ServerTrouble } from '@postgres-operator/api';
import { decideRollout, rolloutWords, type RolloutSeen } from './rollout.ts';

const OLD = 'orders-old';
const NEW = 'orders-new';

/** The StatefulSet of three servers, with its partition, in an update from OLD to NEW. */
function updating(partition: number, status: object = {}): RolloutSeen['statefulSet'] {
  const made = aStatefulSet(aDatabase({ spec: { replicas: 3 } }), { currentRevision: OLD, updateRevision: NEW, ...status });
  return { ...made, spec: { ...made.spec, replicas: 3, updateStrategy: { rollingUpdate: { partition } } } as NonNullable<typeof made.spec> };
}
const server = (ordinal: number, revision: string, ready = true): APod => aServer({ ordinal, metadata: { labels: { 'controller-revision-hash': revision } }, ...(!ready && { state: { running: {} } }) });
const broken = (ordinal: number): RolloutSeen['troubles'] => [{ reason: ServerTrouble.ImageNotPulled, message: `pod orders-${ordinal}: ErrImagePull`, pod: `orders-${ordinal}` }];
const three = (...revisions: [string, string, string]): APod[] => revisions.map((revision, ordinal) => server(ordinal, revision));
const decide = (seen: Partial<RolloutSeen>): { partition: number; replaced?: string } => {
  const { partition, replace } = decideRollout({ statefulSet: updating(1), pods: three(OLD, NEW, NEW), troubles: [], changes: false, ...seen });
  return { partition, ...(replace && { replaced: replace.metadata.name }) };
};

describe('the turn of the primary comes', () => {
  test.each<{ why: string; seen: Partial<RolloutSeen>; partition: number }>([
    { why: 'when both standbys are updated and ready', seen: {}, partition: 0 },
    { why: 'not when another manifest is about to be applied', seen: { changes: true }, partition: 1 },
    { why: 'not while a standby is of the old revision', seen: { pods: three(OLD, OLD, NEW) }, partition: 1 },
    { why: 'not while a standby is not ready', seen: { pods: [server(0, OLD), server(1, NEW, false), server(2, NEW)] }, partition: 1 },
    { why: 'not while a standby is missing', seen: { pods: [server(0, OLD), server(2, NEW)] }, partition: 1 },
    { why: 'not while a standby is being deleted', seen: { pods: [server(0, OLD), server(1, NEW), aServer({ ordinal: 2, metadata: { labels: { 'controller-revision-hash': NEW }, deletionTimestamp: 'now' } })] }, partition: 1 },
    { why: 'not before the newest manifest was seen', seen: { statefulSet: updating(1, { observedGeneration: 0 }) }, partition: 1 },
    { why: 'not while a standby is in trouble', seen: { pods: [server(0, OLD), server(1, OLD), server(2, NEW, false)], troubles: broken(2) }, partition: 1 },
    { why: 'and stays, once it has come', seen: { statefulSet: updating(0), pods: [server(0, NEW, false), server(1, NEW, false), server(2, NEW)] }, partition: 0 },
    { why: 'at once where there are no standbys', seen: { statefulSet: aStatefulSet(), pods: [server(0, OLD)], changes: true }, partition: 0 },
  ])('$why', ({ seen, partition }) => {
    expect(decide(seen)).toEqual({ partition });
  });
});

describe('a primary that cannot run does not wait for standbys that cannot follow it', () => {
  test.each<{ why: string; seen: Partial<RolloutSeen>; decided: object }>([
    { why: 'it is replaced when it is not of the newest template', seen: { pods: three(OLD, NEW, NEW) }, decided: { partition: 0, replaced: 'orders-0' } },
    { why: 'but not when it is', seen: { pods: three(NEW, NEW, NEW) }, decided: { partition: 0 } },
    { why: 'nor before the newest template was seen', seen: { statefulSet: updating(0, { observedGeneration: 0 }) }, decided: { partition: 0 } },
    { why: 'nor while another manifest is about to be applied', seen: { changes: true }, decided: { partition: 0 } },
    { why: 'nor when the pod is of somebody else', seen: { pods: [{ ...server(0, OLD), metadata: { ...server(0, OLD).metadata, ownerReferences: [] } }] }, decided: { partition: 0 } },
  ])('$why', ({ seen, decided }) => {
    expect(decide({ troubles: broken(0), ...seen })).toEqual(decided);
  });
});

describe('a rolling update says where it is', () => {
  test.each([
    { why: 'under way', set: updating(1, { updatedReplicas: 2 }), troubles: [], says: 'Rolling update: 2 of 3 servers are of the new specification; the standbys come first, one at a time, and the primary last' },
    { why: 'stopped', set: updating(1, { updatedReplicas: 1 }), troubles: broken(2), says: 'Rolling update: 1 of 3 servers are of the new specification; it has stopped, and applying the earlier specification goes back' },
    { why: 'stopped at the last server', set: updating(0, { updatedReplicas: 3 }), troubles: broken(0), says: 'Rolling update: 3 of 3 servers are of the new specification; it has stopped, and applying the earlier specification goes back' },
    { why: 'done', set: updating(0, { updatedReplicas: 3 }), troubles: [], says: undefined },
    { why: 'none', set: aStatefulSet(), troubles: [], says: undefined },
  ])('$why', ({ set, troubles, says }) => {
    expect(rolloutWords(set, troubles)).toBe(says);
  });
});
