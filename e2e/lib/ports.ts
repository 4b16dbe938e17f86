import { once } from 'node:events';
import { createServer } from 'node:net';

/** Three loopback ports that nobody uses, for whoever needs up to three that differ. Somebody else could take one before they are used; it has not happened. */
export async function freePorts(): Promise<[number, number, number]> {
  const servers = [createServer(), createServer(), createServer()] as const;
  // All are held at once before any is given up.
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  const [first, second, third] = servers;
  const ports: [number, number, number] = [portOf(first), portOf(second), portOf(third)];
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** The port that a server listens on. */
export function portOf(server: Pick<ReturnType<typeof createServer>, 'address'>): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address.port;
}
