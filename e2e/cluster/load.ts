import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { StepError } from '../lib/error.ts';
import { withLock } from '../lib/lock.ts';
import { run, type RunResult } from '../lib/run.ts';
import { clusterPaths, type ClusterPaths } from './paths.ts';
import { nodePid, parseObject, readDaemon, readIntent, readText, writeRecord } from './record.ts';

/** What of it is known to be in the cluster: reference → the archive or image it came from. */
export type LoadedImages = Record<string, string>;

/** Loads a docker-archive or oci-archive; returns the references in it and whether they were there already. */
export async function loadArchive(cluster: { stateDir: string }, file: string): Promise<LoadResult> {
  return load(pathsOf(cluster), `file:${await sha256(file)}`, () => Promise.resolve(file));
}

/** Loads an image from the local buildah storage. */
export async function loadImage(cluster: { stateDir: string }, name: string): Promise<LoadResult> {
  const { stdout } = await run('buildah', ['inspect', '--type', 'image', '--format', '{{.FromImageID}}', name]).catch((cause: unknown) => {
    throw new StepError(`${name} is neither a file nor an image in the local buildah storage`, { cause });
  });
  const folder = mkdtempSync(join(tmpdir(), 'e2e-load-'));
  try {
    return await load(pathsOf(cluster), `image:${name}@${stdout.trim()}`, async () => {
      // Uncompressed, unlike oci-archive: faster to write and to read.
      const file = join(folder, 'image.tar');
      await run('buildah', ['push', '--quiet', name, `docker-archive:${file}:${name}`]);
      return file;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface LoadResult {
  references: string[];
  alreadyThere: boolean;
}

export async function loadAny(cluster: { stateDir: string }, source: string): Promise<LoadResult> {
  return existsSync(source) && statSync(source).isFile() ? loadArchive(cluster, source) : loadImage(cluster, source);
}

/** Gives an image that is in the cluster another name: another version of it, as far as Kubernetes knows. Both names in full. */
export async function tagImage(cluster: { stateDir: string }, name: string, other: string): Promise<void> {
  await containerd(runningNode(pathsOf(cluster)), ['images', 'tag', '--force', name, other]);
}

function runningNode(paths: ClusterPaths): number {
  const intent = readIntent(paths);
  const record = intent === undefined ? undefined : readDaemon(paths, intent.generation);
  const pid = record === undefined ? undefined : nodePid(record);
  if (pid === undefined) throw new StepError('no cluster is running: npm run cluster -- up');
  return pid;
}

async function load(paths: ClusterPaths, source: string, archive: () => Promise<string>): Promise<LoadResult> {
  return withLock(paths.loadLock, async () => {
    const pid = runningNode(paths);
    const known = referencesFrom(readLoaded(paths), source);
    if (known.length > 0 && (await allPresent(pid, known))) return { references: known, alreadyThere: true };
    return { references: await importArchive(paths, pid, await archive(), source), alreadyThere: false };
  });
}

/** Imports without asking first; `source` is remembered so that the next load of the same can be skipped. */
export async function importArchive(paths: ClusterPaths, pid: number, file: string, source = basename(file)): Promise<string[]> {
  const { stdout } = await containerd(pid, ['images', 'import', '-'], file);
  const references = importedReferences(stdout);
  if (references.length === 0) throw new StepError(`${file} holds no image with a name:\n${stdout}`);
  // References from the same source that are gone or moved on to another one no longer speak for it.
  const loaded = readLoaded(paths);
  for (const reference of references) loaded[reference] = `${references.length} ${source}`;
  writeRecord(paths.loaded, loaded);
  return references;
}

export function importedReferences(output: string): string[] {
  return [...output.matchAll(/^unpacking (\S+) \(/gm)].map(([, reference = '']) => reference);
}

/** The references last loaded from `source`; none if one of them has since been loaded from elsewhere. */
export function referencesFrom(loaded: LoadedImages, source: string): string[] {
  const found = Object.entries(loaded).filter(([, value]) => value.slice(value.indexOf(' ') + 1) === source);
  const expected = Number.parseInt(found[0]?.[1] ?? '0', 10);
  return found.length === expected ? found.map(([reference]) => reference) : [];
}

async function allPresent(pid: number, references: string[]): Promise<boolean> {
  const { stdout } = await containerd(pid, ['images', 'list', '--quiet']);
  const present = new Set(stdout.split('\n'));
  return references.every((reference) => present.has(reference));
}

function containerd(pid: number, args: string[], inputFile?: string): Promise<RunResult> {
  // Through standard input: the node does not see every path of the host.
  const options = inputFile === undefined ? {} : { inputFile };
  const enter = ['--target', String(pid), '--mount', '--net', '--pid', '--uts'];
  return run('nsenter', [...enter, 'ctr', '--namespace', 'k8s.io', ...args], options);
}

function readLoaded(paths: ClusterPaths): LoadedImages {
  return parseObject(readText(paths.loaded)) as LoadedImages;
}

function pathsOf(cluster: { stateDir: string }): ClusterPaths {
  const paths = clusterPaths();
  if (paths.stateDir !== cluster.stateDir) throw new StepError(`${cluster.stateDir} belongs to another clone`);
  return paths;
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
