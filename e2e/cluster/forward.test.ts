import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { forward, parseEndpoint } from './node/forward.ts';

test('an endpoint is an address or a path', () => {
  expect(parseEndpoint('127.0.0.1:6443')).toEqual({ host: '127.0.0.1', port: 6443 });
  expect(parseEndpoint('api.sock')).toBe('api.sock');
});

test('passes both directions on through a socket, also after one side has ended', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'forward-'));
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    // Answers only when the question is over: the end has to come through without closing the way back.
    void text(socket).then((question) => socket.end(question.toUpperCase()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const target = server.address() as AddressInfo;
  const socket = join(folder, 's');
  const forwarder = await forward(socket, { host: '127.0.0.1', port: target.port });
  const client = connect({ path: socket, allowHalfOpen: true });
  client.end('hello');
  expect(await text(client)).toBe('HELLO');
  forwarder.close();
  server.close();
  rmSync(folder, { recursive: true });
});
