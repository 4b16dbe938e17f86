// The plugin as a program: kubectl runs it as kubectl-db, and for completion as kubectl_complete-db.
import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { KubeClient } from '@postgres-operator/controller/kube/client';
import { connect, type KubeconfigChoice } from '@postgres-operator/controller/kube/connection';
import type { Pace } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { complete, namesIn } from './complete.ts';
import { runInPod } from './download/kubectl-exec.ts';
import { program, type Reached } from './program.ts';
import { createTerminal } from './terminal/terminal.ts';

/** Who writes, in the managed fields of what the plugin creates. */
const FIELD_MANAGER = 'kubectl-db';
/** Whoever presses Tab does not wait longer. */
const COMPLETION_MS = 3000;

const pace: Pace = {
  now: () => Date.now(),
  pause: (ms, signal) => pause(ms, undefined, { signal }).catch(() => undefined),
};

function reach(choice: KubeconfigChoice): Reached {
  const connection = connect(choice);
  return { kube: new KubeClient(connection, { fieldManager: FIELD_MANAGER }), namespace: connection.namespace, close: () => connection.close() };
}

async function completion(words: readonly string[]): Promise<number> {
  const value = (option: string, short: string): string | undefined => words[words.findIndex((word) => word === option || word === short) + 1 || words.length];
  const names = async (of: Parameters<ReturnType<typeof namesIn>>[0]): Promise<readonly string[]> => {
    const { kube, namespace } = reach({ kubeconfig: value('--kubeconfig', ''), context: value('--context', '') });
    return namesIn(kube, value('--namespace', '-n') ?? namespace, AbortSignal.timeout(COMPLETION_MS))(of);
  };
  // A cluster that does not answer offers no names, and disturbs nobody.
  const lines = await complete(words, COMMANDS, (of) => names(of).catch(() => []));
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

function main(): Promise<number> {
  const [, path = '', ...args] = process.argv;
  if (basename(path).startsWith('kubectl_complete')) return completion(args);
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());
  // Whoever reads only the head of the answer (| head) wants no more of it.
  process.stdout.on('error', () => process.exit(0));
  const terminal = createTerminal(process.stdout, process.stderr, process.env);
  return program(args, COMMANDS, { terminal, pace, signal: interruption.signal, reach, runInPod });
}

void main().then((code) => {
  // Connections and timers that are left must not hold the terminal; what was written must get out first.
  process.exitCode = code;
  process.stdout.write('', () => process.exit());
});
