import { describe, expect, test } from 'vitest';
import { aClaim, aStatefulSet, aWorld } from '../../../test/database-world.ts';
import { aDatabase, aPod, READY } from '../../../test/fixtures.ts';
import { decideDatabase } from '../decide.ts';
import type { DatabaseWorld } from '../world.ts';
import { retiredClaims } from './retired-claims.ts';

const claims = ['data-orders-0', 'data-orders-1', 'data-orders-2', 'data-orders-10', 'orders-backups', 'data-orders-old-3'].map((name) => aClaim(name));
const database = aDatabase({ spec: { replicas: 2 }, status: READY });
const world = (parts: Partial<DatabaseWorld> = {}): DatabaseWorld => aWorld({ database, claims, ...parts });
const setWith = (replicas: number, status = {}): DatabaseWorld['statefulSet'] => aStatefulSet(aDatabase({ spec: { replicas } }), status);

describe('volumes of standbys that are no longer wanted', () => {
  test.each<{ why: string; seen: DatabaseWorld; go: string[] }>([
    { why: 'go when the servers are as many as in the spec', seen: world(), go: ['data-orders-2', 'data-orders-10'] },
    { why: 'stay while the primary cannot be reached', seen: world({ reachable: false }), go: [] },
    { why: 'stay while the StatefulSet has another number', seen: world({ statefulSet: setWith(3) }), go: [] },
    { why: 'stay when somebody scaled it to zero', seen: world({ statefulSet: setWith(0) }), go: [] },
    { why: 'stay while more servers run', seen: world({ statefulSet: setWith(2, { replicas: 3 }) }), go: [] },
    { why: 'stay while the number in the status is an old one', seen: world({ statefulSet: setWith(2, { observedGeneration: 0 }) }), go: [] },
    { why: 'stay while their pod is there', seen: world({ pods: [aPod({ metadata: { name: 'orders-2' } })] }), go: ['data-orders-10'] },
    { why: 'of the primary never go', seen: world({ database: aDatabase({ spec: { replicas: 1 } }), statefulSet: setWith(1), claims: claims.slice(0, 1) }), go: [] },
  ])('$why', ({ seen, go }) => {
    expect(retiredClaims(seen).map((effect) => ('target' in effect ? effect.target.name : effect.do))).toEqual(go);
  });

  test('a number of servers that somebody set by hand is set back, and no volume goes', () => {
    const { effects } = decideDatabase(world({ statefulSet: setWith(0) }), 0);
    expect(effects[0]).toMatchObject({ do: 'apply', resource: 'statefulSets', object: { spec: { replicas: 2 } } });
    expect(effects.filter((effect) => effect.do === 'delete' && effect.resource === 'claims')).toEqual([]);
  });
});
