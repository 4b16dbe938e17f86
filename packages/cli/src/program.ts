// From a command line to an exit code: which command it is, whom it talks to, and what is said when it fails.
import type { KubeconfigChoice } from '@postgres-operator/controller/kube/connection';
import { isForbidden, KubeError } from '@postgres-operator/controller/kube/errors';
import { readArguments, UsageError } from './arguments.ts';
import type { ClusterClient, Command, Input, Pace } from './command.ts';
import type { InPod, KubectlTarget } from './download/kubectl-exec.ts';
import { Exit, PluginError } from './exit.ts';
import { commandHelp, PLUGIN, pluginHelp } from './help.ts';
import type { Terminal } from './terminal/terminal.ts';

/** A cluster as the kubeconfig has it. */
export interface Reached {
  readonly kube: ClusterClient;
  /** That of the context. */
  readonly namespace: string;
  close(): void;
}

/** What the plugin runs in. */
export interface Surroundings {
  readonly terminal: Terminal;
  readonly pace: Pace;
  readonly signal: AbortSignal;
  /** @throws Error when the kubeconfig leads nowhere */
  reach(choice: KubeconfigChoice): Reached;
  /** What a command in a pod writes to stdout, as it comes. */
  runInPod(target: KubectlTarget, what: InPod, signal: AbortSignal): AsyncIterable<Buffer>;
}

/** Runs a command line. Never rejects: whatever happens becomes words and an exit code. */
export async function program(args: readonly string[], commands: readonly Command[], surroundings: Surroundings): Promise<Exit> {
  const { terminal } = surroundings;
  try {
    const wish = readArguments(args, commands);
    if (!wish.help) return await execute(wish.command, wish.input, surroundings);
    terminal.out((wish.command === undefined ? pluginHelp(commands) : commandHelp(wish.command)).trimEnd());
    return Exit.ok;
  } catch (error) {
    const { code, words } = wordsOf(error);
    terminal.note(words);
    return code;
  }
}

async function execute(command: Command, input: Input, { terminal, pace, signal, reach, runInPod }: Surroundings): Promise<Exit> {
  const choice = { kubeconfig: input.text('kubeconfig'), context: input.text('context') };
  const reached = reachOrSay(reach, choice);
  const namespace = input.text('namespace') ?? reached.namespace;
  try {
    return await command.run({ kube: reached.kube, namespace, terminal, pace, signal, runInPod: (pod, command) => runInPod({ ...choice, namespace }, { pod, command }, signal) }, input);
  } finally {
    reached.close();
  }
}

function reachOrSay(reach: Surroundings['reach'], choice: KubeconfigChoice): Reached {
  try {
    return reach(choice);
  } catch (error) {
    throw new PluginError(Exit.cluster, `No way to a cluster: ${(error as Error).message}`);
  }
}

/** What is said of an end that was not meant, and its exit code. */
export function wordsOf(error: unknown): { readonly code: Exit; readonly words: string } {
  if (error instanceof UsageError) return { code: Exit.usage, words: `${error.message}\nSee: ${PLUGIN}${error.command === undefined ? '' : ` ${error.command.name}`} --help` };
  if (error instanceof PluginError) return { code: error.code, words: error.message };
  if (error instanceof KubeError) return { code: Exit.cluster, words: refusalWords(error) };
  return { code: Exit.failed, words: `This is a fault of ${PLUGIN}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` };
}

function refusalWords(error: KubeError): string {
  if (error.code === 0) return `${error.message}\nDoes "kubectl get databases" answer? Nothing is known of what was asked for`;
  if (isForbidden(error)) return `${error.message}\nAsk whoever administers the cluster for this right`;
  // Any other 404 is met where a name is looked up.
  if (error.code === 404) return `${error.message}\nIs the operator installed in this cluster? "kubectl api-resources --api-group=database.example.com" lists what it brings`;
  return error.message;
}
