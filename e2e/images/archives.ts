import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, publish } from '../lib/cache.ts';
import type { ImageArchive } from './types.ts';

const UNUSED_AFTER_MS = 3 * 24 * 3600 * 1000;

function archivesDir(): string {
  return join(cacheDir(), 'images', 'archives');
}

const folderOf = (id: string, key: string): string => join(archivesDir(), `${id}-${key}`);

/** The archive made earlier from the same inputs, if there is one. */
export function findArchive(id: string, key: string): ImageArchive | undefined {
  const folder = folderOf(id, key);
  if (!existsSync(folder)) return undefined;
  const now = new Date();
  utimesSync(folder, now, now);
  const { name, digest } = JSON.parse(readFileSync(join(folder, 'image.json'), 'utf8')) as { name: string; digest: string };
  return { name, digest, archive: join(folder, 'image.tar') };
}

/** Keeps what `write` makes, a docker-archive, under the key of its inputs; `write` returns the id of the image. */
export async function storeArchive(id: string, key: string, name: string, write: (file: string) => Promise<string>): Promise<ImageArchive> {
  let digest = '';
  const folder = await publish(folderOf(id, key), async (temporary) => {
    mkdirSync(temporary);
    digest = await write(join(temporary, 'image.tar'));
    writeFileSync(join(temporary, 'image.json'), JSON.stringify({ name, digest }));
  });
  removeUnused(id, folder);
  return { name, digest, archive: join(folder, 'image.tar') };
}

/** Every change of the bundle makes an archive of some hundred megabytes; another clone may still use one of the others. */
function removeUnused(id: string, current: string): void {
  for (const name of readdirSync(archivesDir())) {
    const folder = join(archivesDir(), name);
    const sameImage = name.replace(/-[0-9a-f]{16}$/, '') === id;
    if (sameImage && folder !== current && Date.now() - statSync(folder).mtimeMs > UNUSED_AFTER_MS) {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
