// A TCP proxy before the API server that lets everything arrive late, in both directions.
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { ControlPlane } from '../../../e2e/cluster/index.ts';
import { portOf } from '../../../e2e/lib/ports.ts';

export interface SlowProxy {
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

/** What comes is passed on `lateMs` later, in its order. */
export async function startSlowProxy(plane: ControlPlane, lateMs: number): Promise<SlowProxy> {
  const sockets = new Set<Socket>();
  const passOn = (from: Socket, to: Socket): void => {
    from.on('data', (chunk) => setTimeout(() => to.write(chunk), lateMs));
    from.on('close', () => setTimeout(() => to.destroy(), lateMs));
  };
  const server = createServer((client) => {
    const upstream = connect(Number(new URL(plane.apiserverUrl).port), '127.0.0.1');
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined));
    passOn(client, upstream);
    passOn(upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const kubeconfig = join(plane.folder, 'slow-proxy.kubeconfig');
  writeFileSync(kubeconfig, readFileSync(plane.kubeconfig, 'utf8').replaceAll(plane.apiserverUrl, `https://127.0.0.1:${portOf(server)}`));
  return {
    kubeconfig,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
