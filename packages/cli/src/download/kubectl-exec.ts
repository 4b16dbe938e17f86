// Runs a command in a pod with the kubectl that runs the plugin: streams to and from containers are its work, not ours.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ExitCode } from '@postgres-operator/api';
import { Exit, PluginError } from '../exit.ts';

/** How kubectl is told which cluster and namespace it is about. */
export interface KubectlTarget {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string;
}

/** What is run, and where. */
export interface InPod {
  readonly pod: string;
  readonly command: readonly string[];
}

/** A line that brings nothing for so long is dead: the runner asks a store that hesitates for less than half of it. */
const SILENCE_MS = 120_000;
/** Said by the API server about the pod or the person: asking again changes nothing. */
const REFUSED = /^Error from server \((Forbidden|NotFound|BadRequest)\)|^error: unable to upgrade connection: pod does not exist/m;

/** What the command writes to stdout, as it comes. @throws PluginError with kubectl's words when it does not end well; `Exit.cluster` where another try may */
export async function* runInPod({ kubeconfig, context, namespace }: KubectlTarget, { pod, command }: InPod, signal: AbortSignal): AsyncGenerator<Buffer> {
  const target = [...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]), ...(context === undefined ? [] : ['--context', context]), '--namespace', namespace];
  const child = spawn('kubectl', [...target, 'exec', pod, '--', ...command], { stdio: ['ignore', 'pipe', 'pipe'], signal });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words += text));
  const ended = once(child, 'close') as Promise<[number | null]>;
  // Whoever breaks off meets the error where the stream ends.
  ended.catch(() => undefined);
  const silence = setTimeout(() => child.kill('SIGKILL'), SILENCE_MS);
  try {
    for await (const chunk of child.stdout) {
      silence.refresh();
      yield chunk as Buffer;
    }
    const [code] = await ended;
    if (code !== 0) throw failed(pod, code, words.trim());
  } catch (error) {
    if (signal.aborted) throw new PluginError(Exit.interrupted, 'Interrupted');
    if (error instanceof PluginError) throw error;
    throw new PluginError(Exit.failed, `kubectl cannot be run: ${(error as Error).message}. The plugin needs it on the PATH to read from a pod`);
  } finally {
    clearTimeout(silence);
    child.kill('SIGKILL');
  }
}

function failed(pod: string, code: number | null, words: string): PluginError {
  const isFinal = code === ExitCode.permanent || REFUSED.test(words);
  const why = code === null ? `nothing came for ${SILENCE_MS / 1000} s` : words.split('\n').filter((line) => !/^command terminated/.test(line)).join('\n') || `kubectl exec ended with ${code}`;
  return new PluginError(isFinal ? Exit.failed : Exit.cluster, `Pod ${pod}: ${why}`);
}
