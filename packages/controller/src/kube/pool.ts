import { Agent, type AgentOptions } from 'node:https';
import type { Duplex } from 'node:stream';

/** Enough for every watch (of each kind, in each of at most 50 namespaces) and all calls that are let through at once. */
const MAX_CONNECTIONS = 600;
/** Less than the 90 s after which the API server closes a connection that is not used. */
const IDLE_MS = 60_000;
/** A connection that does not stand by then goes nowhere; a watch would otherwise wait for it until its own silence ends it. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Connections that are used again and again. */
export class Pool extends Agent {
  constructor(tls: Pick<AgentOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>) {
    super({ ...tls, keepAlive: true, maxSockets: MAX_CONNECTIONS, timeout: IDLE_MS });
  }

  override createConnection(...args: Parameters<Agent['createConnection']>): Duplex | null | undefined {
    const connection = super.createConnection(...args);
    const late = setTimeout(() => connection?.destroy(new Error(`not connected within ${CONNECT_TIMEOUT_MS / 1000} s`)), CONNECT_TIMEOUT_MS);
    for (const event of ['secureConnect', 'close']) connection?.once(event, () => clearTimeout(late));
    return connection;
  }
}
