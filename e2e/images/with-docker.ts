import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StepError } from '../lib/error.ts';
import { run } from '../lib/run.ts';
import { step } from '../lib/step.ts';
import { findArchive, storeArchive } from './archives.ts';
import { contentHash } from '../lib/cache.ts';
import { imageKey } from './keys.ts';
import { basesOf } from './names.ts';
import type { ImageArchive, ImageDefinition } from './types.ts';

/** The public images that are needed, with their ids. */
export type PublicImages = Map<string, string>;

/** Pulls the public images that Docker does not have yet; nothing if there is no Docker or no way to a registry. */
export async function publicImages(products: readonly ImageDefinition[], databases: readonly string[]): Promise<PublicImages | undefined> {
  if (!(await succeeds(['version', '--format', '{{.Server.Version}}']))) return undefined;
  const names = new Set([...databases, ...products.flatMap((image) => basesOf(readFileSync(image.dockerfile, 'utf8')))]);
  const ids: PublicImages = new Map();
  for (const name of names) {
    const id = await pulled(name);
    if (id === undefined) {
      console.error(`  Docker is here but cannot pull ${name}: building on stand-ins instead.`);
      return undefined;
    }
    ids.set(name, id);
  }
  return ids;
}

/** Builds on the public images themselves. */
export async function ensureWithDocker(products: readonly ImageDefinition[], databases: readonly string[], ids: PublicImages): Promise<ImageArchive[]> {
  const idOf = (name: string): string => {
    const id = ids.get(name);
    if (id === undefined) throw new StepError(`${name} was not pulled.`);
    return id;
  };
  const archives: ImageArchive[] = [];
  for (const image of products) {
    const key = contentHash('docker', imageKey(image, idOf));
    archives.push(findArchive(image.id, key) ?? (await storeArchive(image.id, key, image.name, (file) => buildAndSave(image, file))));
  }
  for (const name of databases) {
    const id = name.replace(/^.*\//, '').replace(':', '-');
    const key = contentHash('docker', idOf(name));
    archives.push(findArchive(id, key) ?? (await storeArchive(id, key, name, (file) => save(name, file))));
  }
  return archives;
}

async function buildAndSave(image: ImageDefinition, file: string): Promise<string> {
  const context = mkdtempSync(join(tmpdir(), 'image-context-'));
  try {
    for (const [name, source] of Object.entries(image.context)) {
      if (source.kind === 'path') cpSync(source.path, join(context, name));
    }
    const buildArgs = Object.entries(image.buildArgs).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
    await step(`Image ${image.name}`, { usually: '10–60 s' }, (log) =>
      log.run('docker', ['build', '--file', image.dockerfile, '--tag', image.name, ...buildArgs, context]),
    );
    return await save(image.name, file);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

async function save(name: string, file: string): Promise<string> {
  await step(`Archive of ${name}`, { usually: '5 s' }, (log) => log.run('docker', ['save', '--output', file, name]));
  return idIn(name);
}

async function pulled(name: string): Promise<string | undefined> {
  if (!(await succeeds(['image', 'inspect', name]))) {
    const log = `Pulling ${name}`;
    const isPulled = await step(log, { usually: '10–30 s' }, () => succeeds(['pull', '--quiet', name]));
    if (!isPulled) return undefined;
  }
  return idIn(name);
}

async function idIn(name: string): Promise<string> {
  return (await run('docker', ['image', 'inspect', '--format', '{{.Id}}', name])).stdout.trim();
}

async function succeeds(args: string[]): Promise<boolean> {
  return run('docker', args, { timeoutSeconds: 300 }).then(
    () => true,
    () => false,
  );
}
