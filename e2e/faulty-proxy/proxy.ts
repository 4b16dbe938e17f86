// A proxy in front of an object store that spoils requests as it is told. For tests only; it runs with Node alone, so that a
// pod can run these files as they are.
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { serve } from './exchange.ts';
import { faultFor, operationOf, type Operation, type Rule } from './rules.ts';

export type { Fault, Operation, Rule } from './rules.ts';

export interface ProxyOptions {
  /** Where the store is; for https its CA must be one that Node knows. */
  readonly store: string;
  /** Where to listen; a free port of the loopback interface if not given. */
  readonly listen?: { readonly address: string; readonly port: number };
  /** Key and certificate, as PEM: clients then have to speak TLS. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A running proxy. */
export interface FaultyProxy {
  readonly url: string;
  /** Forgets what it was told and has counted, and comes back from the dead. */
  obey(...rules: readonly Rule[]): void;
  /** How many requests of a kind came. */
  seen(operation: Operation): number;
  stop(): Promise<void>;
}

/** Starts a proxy for a store. */
export async function startFaultyProxy({ store, listen, tls }: ProxyOptions): Promise<FaultyProxy> {
  let rules: readonly Rule[] = [];
  let dead = false;
  const counts = new Map<Operation, number>();
  const sockets = new Set<Socket>();
  const server = serverFor(tls, (request, response) => {
    const operation = operationOf(request);
    const count = counts.get(operation) ?? 0;
    counts.set(operation, count + 1);
    const fault = faultFor(rules, operation, count);
    const breakOff = (): void => void socketOf(request, sockets)?.resetAndDestroy();
    if (fault === 'drop dead') dead = true;
    if (dead) for (const socket of sockets) socket.resetAndDestroy();
    else serve({ request, response, store: new URL(store), breakOff }, fault).catch(breakOff);
  });
  server.on('connection', (socket: Socket) => {
    // Clients that are killed, and connections that are broken on purpose.
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    if (dead) socket.resetAndDestroy();
    else sockets.add(socket);
  });
  server.on('tlsClientError', () => undefined);
  server.listen(listen?.port ?? 0, listen?.address ?? '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${address.port}`,
    obey: (...next) => {
      rules = next;
      dead = false;
      counts.clear();
    },
    seen: (operation) => counts.get(operation) ?? 0,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function serverFor(tls: ProxyOptions['tls'], listener: RequestListener): Server {
  return tls === undefined ? createHttpServer(listener) : createHttpsServer(tls, listener);
}

/** The TCP connection of a request: what TLS puts around it cannot be reset. */
function socketOf({ socket }: IncomingMessage, sockets: ReadonlySet<Socket>): Socket | undefined {
  return [...sockets].find(({ remotePort, remoteAddress }) => remotePort === socket.remotePort && remoteAddress === socket.remoteAddress);
}
