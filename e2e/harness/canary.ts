// Secrets that can be told from everything else, and the search for them.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

/** A secret with a part that nothing else in the world holds. */
export interface Canary {
  readonly secret: string;
  readonly core: string;
}

/** With what shells, password files, JSON, URLs and connection strings take for their own. */
export function canary(): Canary {
  const core = `canary${randomBytes(9).toString('hex')}`;
  return { core, secret: `'"\\:$x %41${core}` };
}

/** The core as it is, in hex, and as base64 at each place of its three. Without the ends, which depend on the neighbours. */
const formsOf = ({ core }: Canary): string[] => [core, Buffer.from(core).toString('hex'), ...[0, 1, 2].map((at) => Buffer.from('-'.repeat(at) + core).toString('base64').slice(4, -4))];

/** The canaries that a text holds, in any form. */
export const canariesIn = (text: string, canaries: readonly Canary[]): string[] => canaries.filter((one) => formsOf(one).some((form) => text.includes(form))).map(({ core }) => core);

/** What was seen of processes. */
export interface Seen {
  /** Arguments and environment of each process, once. */
  readonly texts: ReadonlySet<string>;
  stop(): void;
}

/** Looks at every process of this machine, those in the pods of the embedded cluster among them, until it is told to stop. */
export function watchProcesses(): Seen {
  const texts = new Set<string>();
  const look = (): void => {
    for (const pid of readdirSync('/proc')) if (/^\d+$/.test(pid)) texts.add(['cmdline', 'environ'].map((file) => read(`/proc/${pid}/${file}`)).join('\n'));
  };
  const timer = setInterval(look, 50);
  return { texts, stop: () => clearInterval(timer) };
}

/** Nothing where the process is gone already. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').replaceAll('\0', '\n');
  } catch {
    return '';
  }
}
