// One file, from the cluster to a folder. A line that breaks is taken up where it broke, also by another run of the same command; what is in the end is compared with what was stored.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readableBytes } from '@postgres-operator/api';
import type { Context } from '../command.ts';
import { Exit, PluginError } from '../exit.ts';
import { bar } from '../view/bar.ts';
import type { StoredFile } from './manifest.ts';
import { unbroken, type Reading } from './unbroken.ts';

/** Where a file comes from, and where it goes. */
export type Fetching = Pick<Reading, 'from'> & { readonly folder: string };

/** Brings a file. @throws PluginError when it does not come, and what came stays; or when it is not what the manifest says, and nothing of it stays */
export async function fetchFile(context: Pick<Context, 'terminal' | 'pace' | 'signal'>, { storedAs, bytes, sha256 }: StoredFile, { folder, from }: Fetching): Promise<void> {
  const { terminal } = context;
  const target = join(folder, storedAs);
  const digest = createHash('sha256');
  let count = 0;
  const take = (chunk: Buffer): void => {
    digest.update(chunk);
    count += chunk.length;
  };
  const file = await open(target, 'a', 0o600);
  try {
    for await (const chunk of createReadStream(target)) take(chunk as Buffer);
    if (count > 0) terminal.note(`${storedAs}: ${readableBytes(count)} are there already`);
    for await (const chunk of unbroken(context, { name: storedAs, bytes, had: () => count, from })) {
      await file.writeFile(chunk);
      take(chunk);
      const percent = Math.min(100, Math.floor((count / bytes) * 100));
      terminal.live(`${storedAs}: ${bar(percent)}  ${readableBytes(count)}`, `${storedAs} ${Math.floor(percent / 10)}`);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  const found = digest.digest('hex');
  if (found === sha256) return;
  await rm(target, { force: true });
  throw new PluginError(Exit.failed, `${storedAs} is not what was stored: ${count} bytes with SHA-256 ${found} came, instead of ${bytes} with ${sha256}. Download it again; when it stays so, the backup is damaged`);
}
