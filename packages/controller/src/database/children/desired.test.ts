import { describe, expect, test } from 'vitest';
import { aDatabase } from '../../../test/fixtures.ts';
import { expectGolden, hardeningGaps, podSpecOf, restrictedViolations, secretKeys, visibleTo } from '../../../test/manifest.ts';
import { desiredConfigMap } from './desired-config-map.ts';
import { desiredHeadlessService, desiredReadOnlyService, desiredService } from './desired-services.ts';
import { desiredStatefulSet } from './desired-stateful-set.ts';

const full = aDatabase({
  spec: {
    image: 'registry.test/postgres@sha256:' + 'ab'.repeat(32),
    majorVersion: 16,
    databaseName: `o'clock "db"`,
    username: `o'clerk "x"`,
    storage: { size: '20Gi', storageClass: 'fast' },
    resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '2Gi' } },
    deletionPolicy: 'Delete',
  },
});

describe('the children of a Database are those of the golden manifests', () => {
  test.each([
    { name: 'stateful-set', object: desiredStatefulSet(aDatabase()) },
    { name: 'stateful-set-full', object: desiredStatefulSet(full) },
    { name: 'config-map', object: desiredConfigMap(aDatabase(), true) },
    { name: 'service', object: desiredService(aDatabase()) },
    { name: 'service-read-only', object: desiredReadOnlyService(aDatabase()) },
    { name: 'service-headless', object: desiredHeadlessService(aDatabase()) },
  ])('$name', async ({ name, object }) => {
    await expectGolden(object, name);
  });
});

describe.each([
  { what: 'a plain Database', database: aDatabase() },
  { what: 'a Database with every field', database: full },
])('the pod of $what', ({ database }) => {
  const pod = podSpecOf(desiredStatefulSet(database));

  test('is let in by Pod Security restricted', () => {
    expect(restrictedViolations(pod)).toEqual([]);
  });

  test('has no token and a read-only root', () => {
    expect(hardeningGaps(pod)).toEqual([]);
  });

  test('reads the four passwords and nothing else of any Secret', () => {
    expect(secretKeys(pod)).toEqual(['orders-credentials/password', 'orders-internal/backup-password', 'orders-internal/password', 'orders-internal/replication-password']);
  });

  test('shows no password and no name of a user in its command line or environment', () => {
    expect(visibleTo(pod)).not.toMatch(/password|secretKeyRef|clerk|clock/i);
  });
});

test('the size of the claim template stays when it is given', () => {
  expect(desiredStatefulSet(aDatabase({ spec: { storage: { size: '9Gi' } } }), { storageSize: '1Gi' })).toMatchObject({ spec: { volumeClaimTemplates: [{ spec: { resources: { requests: { storage: '1Gi' } } } }] } });
});

test('what can never change of a StatefulSet does not depend on the spec, the claim apart', () => {
  const fixed = (object: object): unknown => {
    const { selector, serviceName, podManagementPolicy } = (object as { spec: Record<string, unknown> }).spec;
    return { selector, serviceName, podManagementPolicy };
  };
  expect(fixed(desiredStatefulSet(full))).toEqual(fixed(desiredStatefulSet(aDatabase())));
});

test('pods carry the labels that the course selects by', () => {
  expect(desiredStatefulSet(aDatabase())).toMatchObject({ spec: { template: { metadata: { labels: { app: 'database', name: 'orders', database: 'orders' } } } } });
});
