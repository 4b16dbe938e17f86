// One file, from the cluster to a folder: under its final name only when it is whole.
import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readableBytes } from '@postgres-operator/api';
import { Exit, PluginError } from '../exit.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { bar } from '../view/bar.ts';
import type { StoredFile } from './manifest.ts';

/** Stores what comes. @throws PluginError when it is not what the manifest says; nothing is left of it then */
export async function fetchFile(chunks: AsyncIterable<Buffer>, { storedAs, bytes, sha256 }: StoredFile, { folder, terminal }: { readonly folder: string; readonly terminal: Terminal }): Promise<void> {
  const target = join(folder, storedAs);
  const partial = `${target}.part`;
  const digest = createHash('sha256');
  let count = 0;
  try {
    const file = await open(partial, 'w', 0o600);
    try {
      for await (const chunk of chunks) {
        digest.update(chunk);
        await file.writeFile(chunk);
        count += chunk.length;
        const percent = Math.min(100, Math.floor((count / Math.max(bytes, 1)) * 100));
        terminal.live(`${storedAs}: ${bar(percent)}  ${readableBytes(count)}`, `${storedAs} ${Math.floor(percent / 10)}`);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    const found = digest.digest('hex');
    if (found !== sha256) throw new PluginError(Exit.failed, `${storedAs} is not what was stored: ${count} bytes with SHA-256 ${found} came, instead of ${bytes} with ${sha256}. Download it again; when it stays so, the backup is damaged`);
    await rename(partial, target);
  } finally {
    await rm(partial, { force: true });
  }
}
