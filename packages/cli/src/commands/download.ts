import { randomBytes } from 'node:crypto';
import { LABEL_MANAGED_BY, MANAGED_BY, MANIFEST_FILE, parseLocation, readCommand, type Backup, type StorageFolder } from '@postgres-operator/api';
import { RESOURCES } from '@postgres-operator/controller/kube/resources';
import { all, ask, create } from '../cluster/ask.ts';
import { findStored } from '../cluster/good-backup.ts';
import { nameOfRun } from '../cluster/names.ts';
import type { Command, Context } from '../command.ts';
import { fetchFile } from '../download/fetch.ts';
import { byHand, readManifest, type Manifest } from '../download/manifest.ts';
import { partialOf, type Partial } from '../download/partial.ts';
import { desiredReader, standOfReader } from '../download/reader.ts';
import { runnerFor, type Runner } from '../download/runner.ts';
import { wholeText } from '../download/unbroken.ts';
import { Exit, PluginError } from '../exit.ts';
import { PLUGIN } from '../help.ts';
import { follow } from '../wait/follow.ts';
import { titleOf } from '../wait/stand.ts';

/** A pod that has not started by then is kept from it by something that somebody has to look at. */
const START_MS = 120_000;

/** Brings the files of a Backup to this machine. */
export const download: Command = {
  name: 'download',
  usage: 'BACKUP|SCHEDULE [--to FOLDER]',
  summary: 'bring the files of a backup here, and say how to restore them by hand',
  details:
    "Through a pod of the runner's image that reads the claim or the bucket, and is deleted in the end. It needs the rights to list Jobs, to create and delete pods, and to exec in them; none on Secrets: the pod gets the keys of the bucket as the operator's own Jobs do.\nEach file is compared with what was stored. A line that breaks is taken up where it broke; of what an ended command has left (FOLDER.part) the same command goes on.",
  examples: ['shop-monday', 'nightly --to ./newest'],
  options: { to: { type: 'string', value: 'FOLDER', description: 'where to; default: a new folder with the name of the backup' } },
  operands: { min: 1, max: 1, of: 'backup' },
  async run(context, input) {
    const { terminal } = context;
    const source = await sourceOf(context, input.operands[0] ?? '');
    const title = titleOf(source.backup);
    const folder = input.text('to') ?? source.backup.metadata.name;
    const partial = partialOf(folder);
    const manifest = await throughReader(context, source, (pod) => copy(context, source, { pod, partial })).catch(async (error: unknown) => {
      await partial.leave(terminal);
      throw error;
    });
    await partial.complete();
    terminal.out(input.text('output') === 'json' ? JSON.stringify({ folder, files: manifest.files }, undefined, 2) : `${title} is in ${folder}, and is what was stored. ${byHand(manifest, folder)}`);
    return Exit.ok;
  },
};

interface Source {
  readonly backup: Backup;
  readonly location: string;
  readonly place: StorageFolder;
  readonly runner: Runner;
}

/** A Completed Backup, and what reads it. */
async function sourceOf(context: Context, name: string): Promise<Source> {
  const backup = await findStored(context, name);
  const location = backup.status?.backupLocation ?? '';
  const place = parseLocation(location);
  if (place === undefined) throw new PluginError(Exit.failed, `${titleOf(backup)} has no location that this version can read: ${location}`);
  const runner = runnerFor(backup, await all(context, RESOURCES.jobs, `${LABEL_MANAGED_BY}=${MANAGED_BY}`));
  if (runner !== undefined) return { backup, location, place, runner };
  throw new PluginError(Exit.failed, `${titleOf(backup)} cannot be read: there is no Job of the operator in namespace ${context.namespace} that shows which image reads backups. A drill makes one: ${PLUGIN} verify ${backup.metadata.name} --wait`);
}

/** Does something with a pod that can read the backup, which is gone afterwards. */
async function throughReader<T>(context: Context, { backup, place, runner }: Source, use: (pod: string) => Promise<T>): Promise<T> {
  const { kube, namespace, pace, signal, terminal } = context;
  const name = nameOfRun(backup.metadata.name, pace.now(), randomBytes(2).toString('hex'));
  const pod = await create(context, RESOURCES.pods, desiredReader(backup, { name, runner, place }), { unique: true });
  try {
    const look = (): Promise<typeof pod> => kube.get(RESOURCES.pods, { namespace, name }, signal);
    const { stand } = await follow(context, { title: `Pod ${name}`, look, stand: standOfReader }, START_MS);
    if (stand.end !== 'well') throw new PluginError(Exit.failed, stand.text);
    return await use(name);
  } finally {
    // Also after an interruption.
    await ask({ ...context, signal: AbortSignal.timeout(START_MS) }, () => kube.delete(RESOURCES.pods, { namespace, name, uid: pod.metadata.uid }, 'Background', AbortSignal.timeout(START_MS))).catch((error: unknown) =>
      terminal.note(`Pod ${name} is not deleted (${String(error)}): kubectl delete pod ${name} --namespace ${namespace}`),
    );
  }
}

async function copy(context: Context, { backup, location }: Source, { pod, partial }: { readonly pod: string; readonly partial: Partial }): Promise<Manifest> {
  const read = (file: string, from: number): AsyncIterable<Buffer> => context.runInPod(pod, readCommand({ location, file, from }));
  const text = await wholeText(context, () => read(MANIFEST_FILE, 0));
  const manifest = readManifest(text, { title: titleOf(backup), sha256: backup.status?.manifestSha256 });
  await partial.begin(text);
  for (const file of manifest.files) await fetchFile(context, file, { folder: partial.path, from: (bytes) => read(file.storedAs, bytes) });
  return manifest;
}
