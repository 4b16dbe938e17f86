import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
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
