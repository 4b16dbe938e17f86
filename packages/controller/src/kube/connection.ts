// How to reach the API server: address, trust and identity come from client-node's KubeConfig (kubeconfig file or the
// pod's own service account); the requests themselves go over one pool of connections.
import { KubeConfig } from '@kubernetes/client-node';
import type { Agent } from 'node:http';
import { Pool } from './pool.ts';

interface TlsOptions {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** What one request needs beside its path. */
export interface RequestIdentity {
  /** The connections that it goes over. */
  readonly agent: Agent;
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
  close(): void;
}

/** What is asked of a kubeconfig. */
export interface KubeconfigChoice {
  /** The file, in the place of those that KUBECONFIG names. */
  readonly kubeconfig?: string | undefined;
  /** Its context, in the place of the current one. */
  readonly context?: string | undefined;
}

/** A connection as it was configured. */
export interface ConfiguredConnection extends Connection {
  /** The namespace that the context works in. */
  readonly namespace: string;
}

/** Connects with the kubeconfig file that KUBECONFIG names, or with the pod's service account, unless a file or context is chosen. */
export function connect(choice: KubeconfigChoice = {}): ConfiguredConnection {
  const config = load(choice);
  const cluster = config.getCurrentCluster();
  // Without any configuration client-node falls back to http://localhost:8080, which is never meant.
  if (cluster === null || !cluster.server.startsWith('https:')) throw new Error('No Kubernetes API server is configured: set KUBECONFIG, or run in a pod with a service account');
  // Left unsaid, the proxy would be passed by; the bundle has none of what client-node needs for one (scripts/build.ts).
  if (cluster.proxyUrl !== undefined) throw new Error(`The kubeconfig wants ${cluster.server} to be reached through a proxy (proxy-url), which is not supported: take it out`);
  let pool: { agent: Pool; material: string } | undefined;

  // client-node makes a new pool for each request (its issue 2893); one is kept here until the certificates change.
  const poolFor = ({ ca, cert, key, servername, rejectUnauthorized }: TlsOptions): Agent => {
    const material = [ca, cert, key, servername].join('\n');
    // What is under way in an older pool comes to its end there; its connections close when nobody uses them any more.
    if (pool?.material === material) return pool.agent;
    const tls = { ca, cert, key, servername, rejectUnauthorized };
    const agent = new Pool(Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined)));
    pool = { agent, material };
    return agent;
  };

  return {
    server: cluster.server,
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? 'default',
    async identity() {
      const options: Parameters<KubeConfig['applyToHTTPSOptions']>[0] & { headers?: Record<string, string> } = {};
      await config.applyToHTTPSOptions(options);
      return { agent: poolFor(options as TlsOptions), headers: { ...options.headers } };
    },
    reset() {
      pool?.agent.destroy();
      pool = undefined;
    },
    close() {
      pool?.agent.destroy();
      pool = undefined;
    },
  };
}

function load({ kubeconfig, context }: KubeconfigChoice): KubeConfig {
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  if (context === undefined) return config;
  const names = config.getContexts().map(({ name }) => name);
  if (!names.includes(context)) throw new Error(`The kubeconfig has no context ${context}. It has: ${names.join(', ') || 'none'}`);
  config.setCurrentContext(context);
  return config;
}
