import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clusterTools, pinnedVersion, toolPath, toolsFingerprint } from './tools.ts';

test('versions are those of the go.mod files, however a line is written', () => {
  expect(pinnedVersion('kubernetes', 'k8s.io/kubernetes')).toMatch(/^v1\.\d+\.\d+$/);
  expect(pinnedVersion('kubernetes', 'go.etcd.io/etcd/server/v3')).toMatch(/^v3\.\d+\.\d+$/);
  expect(() => pinnedVersion('kubernetes', 'k8s.io/kubernete')).toThrow('does not pin');
});

test('every tool is kept in a folder named after its module and its pins', () => {
  for (const tool of clusterTools) {
    const [, module = ''] = /tools\/([a-z-]+)-[0-9a-f]{16}\/[a-z-]+$/.exec(toolPath(tool)) ?? [];
    expect(existsSync(join(import.meta.dirname, 'tools', module, 'go.sum')), tool).toBe(true);
  }
});

test('the fingerprint is stable', () => {
  expect(toolsFingerprint()).toBe(toolsFingerprint());
});
