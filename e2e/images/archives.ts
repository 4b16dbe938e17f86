import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, publish } from '../lib/cache.ts';
import { removeSuperseded } from './tidy.ts';
import type { ImageArchive } from './types.ts';

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
  removeSuperseded(archivesDir(), id);
  return { name, digest, archive: join(folder, 'image.tar') };
}
