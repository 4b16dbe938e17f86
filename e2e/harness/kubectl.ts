// kubectl as a person uses it, with answers as data.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../cluster/index.ts';
import { run, type RunResult } from '../lib/run.ts';
import { neverBegan } from './never-began.ts';

/** A kubectl bound to a cluster and a namespace. */
export interface Kubectl {
  readonly namespace: string;
  /** Runs kubectl; a failure is an error that carries what it printed. What never began is tried again for a minute. */
  (...args: string[]): Promise<string>;
  /** Runs kubectl and returns how it ended, whatever that is. */
  attempt(...args: string[]): Promise<RunResult>;
  /** Runs kubectl with an object as JSON on its standard input. */
  send(args: readonly string[], object: object): Promise<string>;
  /** Applies a manifest. */
  apply(manifest: object): Promise<string>;
  /** Reads an object; undefined when it is not there. */
  get<T = KubeObject>(resource: string, name: string): Promise<T | undefined>;
  /** Lists objects by label. */
  list<T = KubeObject>(resource: string, selector?: string): Promise<T[]>;
  /** Runs SQL inside a Database's pod, as the superuser over the local socket. */
  sql(database: string, dbname: string, statement: string): Promise<string>;
}

/** An object as JSON, as loosely typed as kubectl's own answers. */
export interface KubeObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly uid: string; readonly creationTimestamp: string; readonly labels?: Record<string, string>; readonly deletionTimestamp?: string; readonly generation: number };
  readonly spec: Record<string, unknown>;
  readonly status?: { readonly phase?: string; readonly conditions?: readonly { type: string; status: string; reason: string; message: string }[]; readonly [field: string]: unknown };
}

/** A pod is replaced within seconds, and a server starts in a few more. */
const BEGIN_SECONDS = 60;

export function kubectlFor(cluster: Pick<Cluster, 'kubectl' | 'kubeconfig'>, namespace: string): Kubectl {
  const env = { KUBECONFIG: cluster.kubeconfig };
  const attempt = (args: string[], input?: string): Promise<RunResult> =>
    run(cluster.kubectl, ['--namespace', namespace, ...args], { env, accept: Array.from({ length: 255 }, (_, code) => code + 1), timeoutSeconds: 300, ...(input !== undefined && { input }) });
  const begun = async (args: string[], input?: string): Promise<RunResult> => {
    const deadline = Date.now() + BEGIN_SECONDS * 1000;
    for (;;) {
      const result = await attempt(args, input);
      if (result.exitCode === 0 || !neverBegan(result.stderr) || Date.now() > deadline) return result;
      await sleep(500);
    }
  };
  const strict = async (args: string[], input?: string): Promise<string> => {
    const { stdout, stderr, exitCode } = await begun(args, input);
    if (exitCode !== 0) throw new Error(`kubectl ${args.slice(0, 4).join(' ')} ended with ${exitCode}: ${stderr.trim() || stdout.trim()}`);
    return stdout;
  };
  const kubectl = (...args: string[]): Promise<string> => strict(args);
  return Object.assign(kubectl, {
    namespace,
    attempt: (...args: string[]) => attempt(args),
    send: (args: readonly string[], object: object) => strict([...args], JSON.stringify(object)),
    apply: (manifest: object) => strict(['apply', '-f', '-'], JSON.stringify(manifest)),
    async get<T>(resource: string, name: string): Promise<T | undefined> {
      const text = await strict(['get', resource, name, '--ignore-not-found', '-o', 'json']);
      return text.trim() === '' ? undefined : (JSON.parse(text) as T);
    },
    async list<T>(resource: string, selector?: string): Promise<T[]> {
      const text = await strict(['get', resource, ...(selector === undefined ? [] : ['-l', selector]), '-o', 'json']);
      return (JSON.parse(text) as { items: T[] }).items;
    },
    sql: (database: string, dbname: string, statement: string) =>
      strict(['exec', '-i', `${database}-0`, '-c', 'postgres', '--', 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-U', 'postgres', '-d', dbname, '-f', '-'], statement).then((text) => text.trim()),
  });
}
