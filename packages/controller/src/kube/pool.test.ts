import { once } from 'node:events';
import { request, createServer as createTlsServer } from 'node:https';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { createServerPki } from '../../../../e2e/cluster/pki.ts';
import { Pool } from './pool.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test('a connection that does not stand after 10 s is given up, so that a watch does not wait for its silence', async () => {
  // It takes the connection, and never says a word of TLS.
  const server = createServer((socket) => socket.on('error', () => undefined));
  const pool = new Pool({});
  onTestFinished(() => pool.destroy());
  const asked = request({ host: '127.0.0.1', port: await portOf(server), agent: pool }).end();
  const failed = once(asked, 'error');
  await once(server, 'connection');
  await vi.advanceTimersByTimeAsync(9999);
  expect(asked.destroyed).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await expect(failed).resolves.toEqual([new Error('not connected within 10 s')]);
});

test('one that stands has no such limit', async () => {
  const { ca, cert, key } = await createServerPki(['127.0.0.1']);
  const pool = new Pool({ ca });
  onTestFinished(() => pool.destroy());
  const asked = request({ host: '127.0.0.1', port: await portOf(createTlsServer({ cert, key }, (_request, response) => void response.writeHead(200).write('begun'))), agent: pool }).end();
  await once(asked, 'response');
  await vi.advanceTimersByTimeAsync(20_000);
  expect(asked.destroyed).toBe(false);
});
