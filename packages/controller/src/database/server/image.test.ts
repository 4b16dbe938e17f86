import { describe, expect, test } from 'vitest';
import { majorOfImage, majorVersion } from './image.ts';

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
