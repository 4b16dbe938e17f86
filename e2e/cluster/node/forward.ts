// Passes connections on: `forward.ts api.sock 127.0.0.1:6443` listens on the socket and dials the address.
// Part of the node's configuration and copied there, so it imports nothing from the clone, which may change while a cluster runs.
import { rmSync } from 'node:fs';
import { createServer, connect, type Server, type Socket } from 'node:net';

export type Endpoint = string | { host: string; port: number };

/** Starts to listen; resolves once connections are accepted. */
export async function forward(from: Endpoint, to: Endpoint): Promise<Server> {
  // A socket file outlives a killed process and would be in the way.
  if (typeof from === 'string') rmSync(from, { force: true });
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (incoming) => {
    const outgoing = typeof to === 'string' ? connect({ path: to, allowHalfOpen: true }) : connect({ ...to, allowHalfOpen: true });
    join(incoming, outgoing);
    join(outgoing, incoming);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(typeof from === 'string' ? { path: from } : from, resolve);
  });
  return server;
}

function join(source: Socket, target: Socket): void {
  source.pipe(target);
  source.on('error', () => target.destroy());
  source.on('close', (failed) => {
    if (failed) target.destroy();
  });
}

export function parseEndpoint(text: string): Endpoint {
  const [, host, port] = /^([\d.]+):(\d+)$/.exec(text) ?? [];
  return host === undefined || port === undefined ? text : { host, port: Number(port) };
}

if (import.meta.main) {
  const [from = '', to = ''] = process.argv.slice(2);
  await forward(parseEndpoint(from), parseEndpoint(to));
}
