import { describe, expect, test } from 'vitest';
import type { DatabaseStatus, UpgradeStep } from '@postgres-operator/api';
import { aDatabase, NOW } from '../../../test/fixtures.ts';
import { majorOfImage, majorVersion, versionOfData } from './image.ts';

describe('the major version of an image', () => {
  test.each([
    ['postgres:14', 14],
    ['postgres:14-alpine', 14],
    ['postgres:16.4-bookworm', 16],
    ['registry.test:5000/team/postgres:15', 15],
    ['postgres:17@sha256:15f0', 17],
    ['postgres:18beta1', 18],
  ])('%s is %d', (image, major) => {
    expect(majorOfImage(image)).toBe(major);
  });

  test.each(['postgres', 'postgres:latest', 'postgres:v14', 'registry.test:15/postgres', 'postgres@sha256:14ab', 'registry.test:5000/postgres@sha256:15f0'])('%s does not say it', (image) => {
    expect(majorOfImage(image)).toBeUndefined();
  });

  test('what the spec says counts more than the tag', () => {
    expect(majorVersion({ image: 'postgres:latest', majorVersion: 16 })).toBe(16);
  });

  test('an image that does not say it needs majorVersion, and the error says so', () => {
    expect(() => majorVersion({ image: 'postgres:latest' })).toThrow('set majorVersion');
  });
});

describe('the version that holds the data', () => {
  const [old, next] = [{ image: 'postgres:14', major: 14 }, { image: 'postgres:15', major: 15 }];
  const upgrade = (step: UpgradeStep): DatabaseStatus => ({ upgrade: { step, from: old, to: next, attempt: 1, generation: 1, startedAt: NOW, stepStartedAt: NOW } });
  test.each<{ why: string; image: string; status: DatabaseStatus; holds: typeof old }>([
    { why: 'is the spec where nothing was ever upgraded', image: 'postgres:14', status: {}, holds: old },
    ...(['Checking', 'Fencing', 'BackingUp', 'Switching', 'Loading', 'Returning', 'Refused', 'Failed'] as const).map((step) => ({ why: `is the old one at step ${step}`, image: 'postgres:15', status: upgrade(step), holds: old })),
    ...(['Serving', 'Done'] as const).map((step) => ({ why: `is the new one at step ${step}`, image: 'postgres:15', status: upgrade(step), holds: next })),
    { why: 'is the upgraded one before the next upgrade has begun', image: 'postgres:16', status: upgrade('Done'), holds: next },
    { why: 'follows an image of the same major version after a refusal', image: 'postgres:14.9', status: upgrade('Refused'), holds: { image: 'postgres:14.9', major: 14 } },
  ])('$why', ({ image, status, holds }) => {
    expect(versionOfData(aDatabase({ spec: { image }, status }))).toEqual(holds);
  });
});
