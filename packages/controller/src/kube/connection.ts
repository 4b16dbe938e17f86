// How to reach the API server: address, trust and identity come from client-node's KubeConfig (kubeconfig file or the
// pod's own service account); the requests themselves go over one pool of connections.
import { KubeConfig } from '@kubernetes/client-node';
import { Agent, type Dispatcher } from 'undici';

interface TlsOptions {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** What one request needs beside its path. */
export interface RequestIdentity {
  readonly dispatcher: Dispatcher;
  readonly headers: Record<string, string>;
}

export interface Connection {
  readonly server: string;
  /** The identity of a request made now: the token may have been renewed since the last one. */
  identity(): Promise<RequestIdentity>;
  /**
   * Gives up all connections: where one died without a word, the others have too, and each further call would wait for
   * the death of its own to be noticed. What is under way fails; what comes next gets a new connection.
   */
  reset(): void;
  close(): Promise<void>;
}

/** Connects with the kubeconfig file that KUBECONFIG names, or with the pod's service account. */
export function connect(): Connection {
  const config = new KubeConfig();
  config.loadFromDefault();
  const cluster = config.getCurrentCluster();
  // Without any configuration client-node falls back to http://localhost:8080, which is never meant.
  if (cluster === null || !cluster.server.startsWith('https:')) throw new Error('No Kubernetes API server is configured: set KUBECONFIG, or run in a pod with a service account');
  let pool: { agent: Agent; material: string } | undefined;

  // client-node makes a new pool for each request (its issue 2893); one is kept here until the certificates change.
  const poolFor = ({ ca, cert, key, servername, rejectUnauthorized }: TlsOptions): Agent => {
    const material = [ca, cert, key, servername].join('\n');
    if (pool?.material === material) return pool.agent;
    void pool?.agent.close();
    const tls = { ca, cert, key, servername, rejectUnauthorized };
    const connectOptions = Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
    const agent = new Agent({ connect: { ...connectOptions, timeout: 10_000 }, connections: 40, keepAliveTimeout: 60_000 });
    pool = { agent, material };
    return agent;
  };

  return {
    server: cluster.server,
    async identity() {
      const options: Parameters<KubeConfig['applyToHTTPSOptions']>[0] & { headers?: Record<string, string> } = {};
      await config.applyToHTTPSOptions(options);
      return { dispatcher: poolFor(options as TlsOptions), headers: { ...options.headers } };
    },
    reset() {
      void pool?.agent.destroy();
      pool = undefined;
    },
    async close() {
      await pool?.agent.destroy();
    },
  };
}
