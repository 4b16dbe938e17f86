// What kubectl offers when Tab is pressed: it runs kubectl_complete-db with the words so far, and reads candidates and a directive, as cobra writes them.
import { RESOURCES } from '@postgres-operator/controller/kube/resources';
import { optionsOf } from './arguments.ts';
import type { ClusterClient, Command, Operand } from './command.ts';

/** Tells the shell to offer no files. */
const NO_FILES = ':4';

/** Names in the cluster, by what an operand may be. */
export type Names = (of: Operand) => Promise<readonly string[]>;

/** The lines for the words after `kubectl db`; the last one is being typed. */
export async function complete(words: readonly string[], commands: readonly Command[], names: Names): Promise<string[]> {
  const typed = words.at(-1) ?? '';
  const candidates = await candidatesFor(words, commands, names);
  return [...candidates.filter((candidate) => candidate.startsWith(typed)), NO_FILES];
}

async function candidatesFor(words: readonly string[], commands: readonly Command[], names: Names): Promise<readonly string[]> {
  if (words.length <= 1) return commands.map(({ name, summary }) => `${name}\t${summary}`);
  const command = commands.find(({ name }) => name === words[0]);
  if (command === undefined) return [];
  const options = optionsOf(command);
  const before = options[words.at(-2)?.replace(/^--/, '') ?? ''];
  if (before?.type === 'string') return before.oneOf ?? (words.at(-2) === '--from' ? names('backup') : []);
  if (words.at(-1)?.startsWith('-') === true) return Object.entries(options).map(([name, { description }]) => `--${name}\t${description}`);
  return names(command.operands.of);
}

/** Those names, as the cluster has them. */
export const namesIn = (kube: Pick<ClusterClient, 'list'>, namespace: string, signal: AbortSignal): Names => async (of) => {
  const namesOf = async (resource: 'databases' | 'backups' | 'restores'): Promise<string[]> =>
    (await kube.list<{ readonly metadata: { readonly name: string } }>(RESOURCES[resource], { namespace }, signal)).items.map(({ metadata }) => metadata.name);
  if (of === 'database') return namesOf('databases');
  const backups = await namesOf('backups');
  if (of === 'backup') return backups;
  const [restores, databases] = await Promise.all([namesOf('restores'), namesOf('databases')]);
  return [...backups.flatMap((name) => [`backup/${name}`, `drill/${name}`]), ...restores.map((name) => `restore/${name}`), ...databases.map((name) => `check/${name}`)];
};
