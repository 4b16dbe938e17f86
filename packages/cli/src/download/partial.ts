// What has come of a download before all of it has: a folder beside the one that it becomes, so that a folder of that name is always whole.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST_FILE } from '@postgres-operator/api';
import { Exit, PluginError } from '../exit.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** The folder that a download fills. */
export interface Partial {
  readonly path: string;
  /** Makes it that of the backup with this manifest. @throws PluginError when something else is in it */
  begin(manifest: string): Promise<void>;
  /** Gives it its name. */
  complete(): Promise<void>;
  /** Tells of what has come, or removes it when nothing has. */
  leave(terminal: Pick<Terminal, 'note'>): Promise<void>;
}

/** That for a folder which is not there yet. @throws PluginError when it is */
export function partialOf(folder: string): Partial {
  if (existsSync(folder)) throw new PluginError(Exit.failed, `${folder} exists already: choose another folder with --to`);
  const path = `${folder}.part`;
  const manifestFile = join(path, MANIFEST_FILE);
  let begun = false;
  return {
    path,
    async begin(manifest) {
      await mkdir(path, { recursive: true, mode: 0o700 });
      const there = await readdir(path);
      const isSame = (await readFile(manifestFile, 'utf8').catch(() => undefined)) === manifest;
      if (there.length > 0 && !isSame) throw new PluginError(Exit.failed, `${path} holds something else than the beginning of this backup: remove it, or choose another folder with --to`);
      await writeFile(manifestFile, manifest, { mode: 0o600 });
      begun = true;
    },
    complete: () => rename(path, folder),
    async leave(terminal) {
      if (!begun) return;
      const files = (await readdir(path)).filter((name) => name !== MANIFEST_FILE);
      if (files.length > 0) terminal.note(`What has come is in ${path}: the same command goes on with it`);
      else await rm(path, { recursive: true });
    },
  };
}
