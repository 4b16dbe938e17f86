// Reads a file in a pod with the kubectl that runs the plugin: streams to and from containers are its work, not ours.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Exit, PluginError } from '../exit.ts';

/** How kubectl is told which cluster and namespace it is about. */
export interface KubectlTarget {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string;
}

/** The content of a file, as it comes. @throws PluginError with kubectl's words when it does not come whole */
export async function* readInPod({ kubeconfig, context, namespace }: KubectlTarget, { pod, path }: { readonly pod: string; readonly path: string }, signal: AbortSignal): AsyncGenerator<Buffer> {
  const target = [...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]), ...(context === undefined ? [] : ['--context', context]), '--namespace', namespace];
  const child = spawn('kubectl', [...target, 'exec', pod, '--', 'cat', path], { stdio: ['ignore', 'pipe', 'pipe'], signal });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words += text));
  const ended = once(child, 'close') as Promise<[number | null]>;
  // Whoever breaks off meets the error where the stream ends.
  ended.catch(() => undefined);
  for await (const chunk of child.stdout) yield chunk as Buffer;
  const [code] = await ended.catch((error: Error) => {
    if (signal.aborted) throw new PluginError(Exit.interrupted, 'Interrupted. Nothing was downloaded');
    throw new PluginError(Exit.failed, `kubectl cannot be run: ${error.message}. The plugin needs it on the PATH to read from a pod`);
  });
  if (code !== 0) throw new PluginError(Exit.cluster, `kubectl exec ${pod} ended with ${String(code)}: ${words.trim()}`);
}
