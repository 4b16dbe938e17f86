import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../lib/cache.ts';
import { withLock } from '../lib/lock.ts';

/** Removes everything the images were built from, so that the next build takes Debian's packages of today. */
export async function forgetBuilds(): Promise<void> {
  await withLock(join(cacheDir(), 'locks', 'images.lock'), async () => {
    for (const folder of ['archives', 'sources', 'store']) rmSync(join(cacheDir(), 'images', folder), { recursive: true, force: true });
  });
}
