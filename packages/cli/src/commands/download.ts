import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseLocation, type Backup, type StorageFolder } from '@postgres-operator/api';
import { RESOURCES } from '@postgres-operator/controller/kube/resources';
import { ask, create, find } from '../cluster/ask.ts';
import { findStored } from '../cluster/good-backup.ts';
import { nameOfRun } from '../cluster/names.ts';
import type { Command, Context } from '../command.ts';
import { fetchFile } from '../download/fetch.ts';
import { byHand, filesOf } from '../download/manifest.ts';
import { desiredReader, pathIn, standOfReader } from '../download/reader.ts';
import { Exit, PluginError } from '../exit.ts';
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
    'From a claim: through a pod that mounts it, which needs the right to create pods and to exec in them, and is deleted in the end. Each file is compared with what was stored.\nWhat is in a bucket is told, and not downloaded: the plugin has no keys of it.',
  examples: ['shop-monday', 'nightly --to ./newest'],
  options: { to: { type: 'string', value: 'FOLDER', description: 'where to; default: a new folder with the name of the backup' } },
  operands: { min: 1, max: 1, of: 'backup' },
  async run(context, input) {
    const { terminal } = context;
    const backup = await findStored(context, input.operands[0] ?? '');
    const location = backup.status?.backupLocation ?? '';
    const place = parseLocation(location);
    if (place === undefined) throw new PluginError(Exit.failed, `${titleOf(backup)} has no location that this version can read: ${location}`);
    if (place.type === 's3') throw new PluginError(Exit.failed, `${titleOf(backup)} is in a bucket. With the keys of Secret ${backup.spec.credentialsRef?.name ?? '(that of the installation)'} and the tool of AWS:\n  aws s3 cp --recursive ${location} ./${backup.metadata.name}`);
    const folder = input.text('to') ?? backup.metadata.name;
    if (existsSync(folder)) throw new PluginError(Exit.failed, `${folder} exists already: choose another folder with --to`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      const files = await throughReader(context, { backup, place }, (pod) => copy(context, { backup, place, pod, folder }));
      terminal.out(input.text('output') === 'json' ? JSON.stringify({ folder, files }, undefined, 2) : `${titleOf(backup)} is in ${folder}, and is what was stored. ${byHand(files)}`);
      return Exit.ok;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  },
};

interface Source {
  readonly backup: Backup;
  readonly place: StorageFolder;
}

/** Does something with a pod that can read the claim, which is gone afterwards. */
async function throughReader<T>(context: Context, { backup, place }: Source, use: (pod: string) => Promise<T>): Promise<T> {
  const { kube, namespace, pace, signal, terminal } = context;
  const image = backup.status?.serverImage ?? (await find(context, RESOURCES.databases, backup.spec.databaseRef.name)).spec.image;
  const name = nameOfRun(backup.metadata.name, pace.now(), randomBytes(2).toString('hex'));
  const pod = await create(context, RESOURCES.pods, desiredReader(backup, { name, image, claim: place.name }), { unique: true });
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

async function copy({ read, terminal }: Context, { backup, place, pod, folder }: Source & { readonly pod: string; readonly folder: string }): Promise<ReturnType<typeof filesOf>> {
  const path = pathIn(place);
  const parts: Buffer[] = [];
  for await (const chunk of read(pod, `${path}/manifest.json`)) parts.push(chunk);
  const manifest = Buffer.concat(parts).toString('utf8');
  const files = filesOf(manifest, { title: titleOf(backup), sha256: backup.status?.manifestSha256 });
  for (const file of files) await fetchFile(read(pod, `${path}/${file.storedAs}`), file, { folder, terminal });
  await writeFile(join(folder, 'manifest.json'), manifest, { mode: 0o600 });
  return files;
}
