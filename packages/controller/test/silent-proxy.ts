// A TCP proxy before the API server that can go silent: it takes everything and passes nothing on, and closes nothing. It can break its lines too.
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { ControlPlane } from '../../../e2e/cluster/index.ts';
import { portOf } from '../../../e2e/lib/ports.ts';

export interface SilentProxy {
  readonly kubeconfig: string;
  /** The connections of now are dead from now on, and nobody is told. New ones work. */
  killQuietly(): void;
  /** The connections of now are broken, and both ends are told. New ones work. */
  cut(): void;
  /** No connection, old or new, passes anything on until the returned function is called; the old ones stay dead. */
  silence(): () => void;
  stop(): Promise<void>;
}

export async function startSilentProxy(plane: Pick<ControlPlane, 'apiserverUrl' | 'kubeconfig' | 'folder'>): Promise<SilentProxy> {
  const pairs = new Set<{ client: Socket; upstream: Socket | undefined }>();
  let silent = false;
  const port = Number(new URL(plane.apiserverUrl).port);
  const server = createServer((client) => {
    const upstream = silent ? undefined : connect(port, '127.0.0.1');
    pairs.add({ client, upstream });
    for (const socket of [client, upstream]) socket?.on('error', () => undefined);
    if (upstream === undefined) client.resume();
    else client.pipe(upstream).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const kubeconfig = join(plane.folder, 'silent-proxy.kubeconfig');
  const url = `https://127.0.0.1:${portOf(server)}`;
  writeFileSync(kubeconfig, readFileSync(plane.kubeconfig, 'utf8').replaceAll(plane.apiserverUrl, url));
  const killQuietly = (): void => {
    for (const { client, upstream } of pairs) {
      upstream?.unpipe(client);
      client.unpipe(upstream);
      client.resume();
    }
  };
  const cut = (): void => {
    for (const { client, upstream } of pairs) {
      client.destroy();
      upstream?.destroy();
    }
    pairs.clear();
  };
  return {
    kubeconfig,
    killQuietly,
    cut,
    silence() {
      silent = true;
      killQuietly();
      return () => (silent = false);
    },
    async stop() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
