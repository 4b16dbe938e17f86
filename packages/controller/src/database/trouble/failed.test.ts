import type { DatabaseStatus } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aDatabase, NOW } from '../../../test/fixtures.ts';
import { isGivenUp } from './failed.ts';

const now = Date.parse(NOW);
const condition = (type: string, reason: string, seconds: number): NonNullable<DatabaseStatus['conditions']>[number] => ({ type, status: 'True', reason, message: '', lastTransitionTime: new Date(now - seconds * 1000).toISOString() });
const TROUBLES = [{ reason: 'ImageNotPulled', message: 'pod orders-0: ErrImagePull' }] as const;

describe('a Database is given up', () => {
  test.each<{ why: string; status: DatabaseStatus; troubles?: readonly []; failed: boolean }>([
    { why: 'when it never was up and was in trouble for ten minutes', status: { phase: 'Deploying', conditions: [condition('Degraded', 'ImageNotPulled', 600)] }, failed: true },
    { why: 'but not before', status: { phase: 'Deploying', conditions: [condition('Degraded', 'ImageNotPulled', 599)] }, failed: false },
    { why: 'but not when it was up once', status: { phase: 'Deploying', endpoint: 'orders:5432', conditions: [condition('Degraded', 'ImageNotPulled', 600)] }, failed: false },
    { why: 'but not for what its spec asks in vain', status: { phase: 'Deploying', conditions: [condition('Degraded', 'MajorUpdateRefused', 600)] }, failed: false },
    { why: 'and stays so while the trouble lasts', status: { phase: 'Failed', conditions: [condition('Stalled', 'ImageNotPulled', 1)] }, failed: true },
    { why: 'until it is over', status: { phase: 'Failed', conditions: [condition('Stalled', 'ImageNotPulled', 1)] }, troubles: [], failed: false },
    { why: 'but not longer for a spec that was mended', status: { phase: 'Failed', conditions: [condition('Stalled', 'InvalidSpec', 1)] }, failed: false },
  ])('$why', ({ status, troubles = TROUBLES, failed }) => {
    expect(isGivenUp(aDatabase({ status }), troubles, now)).toBe(failed);
  });
});
