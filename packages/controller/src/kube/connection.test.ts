import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { connect } from './connection.ts';

const folder = mkdtempSync(join(tmpdir(), 'connection-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

/** Points KUBECONFIG at a file with this cluster. */
function configure(cluster: object): void {
  const file = join(folder, 'kubeconfig');
  const user = { token: 'secret' };
  const config = { clusters: [{ name: 'test', cluster }], users: [{ name: 'test', user }], contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }], 'current-context': 'test' };
  writeFileSync(file, JSON.stringify(config));
  vi.stubEnv('KUBECONFIG', file);
}

test('one pool serves all requests until it is given up', async () => {
  configure({ server: 'https://kubernetes.test' });
  const connection = connect();
  const [first, second] = [await connection.identity(), await connection.identity()];
  expect(first.headers).toEqual({ Authorization: 'Bearer secret' });
  expect(second.agent).toBe(first.agent);
  connection.reset();
  expect((await connection.identity()).agent).not.toBe(first.agent);
});

test.each([
  { what: 'an API server without HTTPS', cluster: { server: 'http://kubernetes.test' }, error: 'No Kubernetes API server is configured' },
  { what: 'a way through a proxy', cluster: { server: 'https://kubernetes.test', 'proxy-url': 'http://proxy.test:3128' }, error: 'through a proxy (proxy-url)' },
])('$what is refused', ({ cluster, error }) => {
  configure(cluster);
  expect(() => connect()).toThrow(error);
});

describe('a file and a context', () => {
  const cluster = { name: 'test', cluster: { server: 'https://kubernetes.test' } };
  const context = (name: string, namespace?: string): object => ({ name, context: { cluster: 'test', user: 'test', ...(namespace !== undefined && { namespace }) } });
  const file = join(folder, 'chosen');
  writeFileSync(file, JSON.stringify({ clusters: [cluster], users: [{ name: 'test', user: {} }], contexts: [context('here'), context('there', 'demo')], 'current-context': 'here' }));

  test.each([
    { what: 'the current context, which names no namespace', choice: {}, namespace: 'default' },
    { what: 'another one, which does', choice: { context: 'there' }, namespace: 'demo' },
  ])('are chosen: $what', ({ choice, namespace }) => expect(connect({ kubeconfig: file, ...choice }).namespace).toBe(namespace));

  test('are refused with those that there are', () => expect(() => connect({ kubeconfig: file, context: 'nowhere' })).toThrow('no context nowhere. It has: here, there'));
});
