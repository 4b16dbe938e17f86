// A shell as the reader of a document has it: kubectl and helm on its path, and the cluster as kubectl's context.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cluster } from '../cluster/index.ts';
import { run, type RunResult } from '../lib/run.ts';

const CLONE = fileURLToPath(new URL('../..', import.meta.url));
/** Above the longest time limit that a document gives one of its commands. */
const SECONDS = 330;

export interface Shell {
  /** Runs a command to its end; each command of a pipe must end well. @throws Error with what it printed when it does not. */
  run(command: string): Promise<string>;
  /** Runs a command that has no end of its own (-w, -f) until its output matches, and for so long after it. @throws Error when it does not match within the seconds. */
  watch(command: string, options: Watch): Promise<string>;
}

export interface Watch {
  readonly until: RegExp;
  readonly seconds: number;
  /** Seconds that it is watched on, to see that nothing more comes. Default: 0. */
  readonly longer?: number;
}

/** A shell in the folder of this clone; `more` is added to its environment. */
export function shellFor({ kubectl, helm, kubeconfig }: Cluster, more: Readonly<Record<string, string>> = {}): Shell {
  const env = { ...more, KUBECONFIG: kubeconfig, PATH: [dirname(kubectl), dirname(helm), process.env['PATH']].join(delimiter) };
  const args = (command: string): string[] => ['-o', 'pipefail', '-c', command];
  return {
    async run(command) {
      const result = await run('bash', args(command), { env, cwd: CLONE, accept: ANY, timeoutSeconds: SECONDS });
      if (result.exitCode !== 0) throw new Error(`${command}\nended with ${result.exitCode}: ${wordsOf(result)}`);
      return result.stdout;
    },
    watch: (command, options) => watch(args(command), { env: { ...process.env, ...env }, ...options }),
  };
}

const ANY = Array.from({ length: 255 }, (_, code) => code + 1);

const wordsOf = ({ stdout, stderr }: RunResult): string => stderr.trim() || stdout.trim() || 'it printed nothing';

async function watch(args: readonly string[], { env, until, seconds, longer = 0 }: Watch & { readonly env: NodeJS.ProcessEnv }): Promise<string> {
  // A process group of its own, so that the shell and what it runs end together.
  const child = spawn('bash', args, { cwd: CLONE, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let ended = false;
  const end = (): void => {
    if (!ended && child.pid !== undefined) process.kill(-child.pid);
    ended = true;
  };
  let timer = setTimeout(end, seconds * 1000);
  let output = '';
  let matched = false;
  const read = (text: string): void => {
    output += text;
    if (matched || !until.test(output)) return;
    matched = true;
    clearTimeout(timer);
    timer = setTimeout(end, longer * 1000);
  };
  child.stdout.setEncoding('utf8').on('data', read);
  child.stderr.setEncoding('utf8').on('data', read);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  if (!ended) throw new Error(`${args.at(-1)} did not watch, and ended with ${code}: ${output.trim()}`);
  if (!matched) throw new Error(`${args.at(-1)} did not show ${until} in ${seconds} s: ${output.trim()}`);
  return output;
}
