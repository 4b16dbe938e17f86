import { describe, expect, test } from 'vitest';
import { parseDaemon, parseIntent } from './record.ts';

const daemon = { generation: 'abcd', port: 4711, daemon: { pid: 1, started: 'boot:1' } };
const intent = { generation: 'abcd', fingerprint: 'f', createdAt: '2026-01-01T00:00:00Z', complete: true };

describe('records of a cluster', () => {
  test('a daemon that has no node yet is a daemon', () => {
    expect(parseDaemon(JSON.stringify(daemon))).toEqual(daemon);
  });

  test('a node is read when there is one', () => {
    const withNode = { ...daemon, node: { pid: 2, started: 'boot:2' } };
    expect(parseDaemon(JSON.stringify(withNode))).toEqual(withNode);
  });

  test('an attempt without a word on its end was cut short', () => {
    expect(parseIntent(JSON.stringify(intent))?.complete).toBe(true);
    expect(parseIntent(JSON.stringify({ ...intent, complete: undefined }))?.complete).toBe(false);
  });

  test.each([undefined, '', '{', 'null', '[]', '{"generation":1}'])('%j is no record', (text) => {
    expect(parseIntent(text)).toBeUndefined();
    expect(parseDaemon(text)).toBeUndefined();
  });
});
