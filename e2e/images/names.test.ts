import { describe, expect, it } from 'vitest';
import { basesOf, canonicalName } from './names.ts';

describe('canonicalName', () => {
  it.each([
    ['postgres:14', 'docker.io/library/postgres:14'],
    ['debian', 'docker.io/library/debian:latest'],
    ['someone/tool:1', 'docker.io/someone/tool:1'],
    ['gcr.io/distroless/nodejs24-debian13:nonroot', 'gcr.io/distroless/nodejs24-debian13:nonroot'],
    ['localhost/x:1', 'localhost/x:1'],
    ['localhost:5000/x', 'localhost:5000/x:latest'],
    ['debian@sha256:0123', 'docker.io/library/debian@sha256:0123'],
  ])('%s is %s', (short, full) => {
    expect(canonicalName(short)).toBe(full);
  });
});

describe('basesOf', () => {
  it('lists each image once, and neither stages nor scratch', () => {
    const dockerfile = [
      '# FROM nothing:1',
      'FROM postgres:14 AS pg14',
      'from --platform=linux/amd64 node:24 as node',
      'FROM pg14 AS more',
      'FROM scratch AS empty',
      'FROM postgres:14',
      'COPY --from=node /a /b',
    ].join('\n');
    expect(basesOf(dockerfile)).toEqual(['postgres:14', 'node:24']);
  });
});
