import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, BUNDLE_TARGETS, type BundleTarget } from '../../scripts/build.ts';
import { ensureTools } from '../cluster/tools.ts';
import { cacheDir } from '../lib/cache.ts';
import { DATABASE_IMAGES, productImages } from './catalogue.ts';
import { OBJECT_STORE_IMAGE } from './object-store.ts';
import type { ImageArchive } from './types.ts';
import { ensureWithDocker, publicImages } from './with-docker.ts';
import { ensureWithStandIns } from './with-stand-ins.ts';

export type { ImageArchive } from './types.ts';

/** The images the cluster needs: controller, runner, databases and an object store, as archives in the cache. Builds only what changed. */
export async function ensureImages(targets: readonly BundleTarget[] = BUNDLE_TARGETS): Promise<ImageArchive[]> {
  await ensureTools(['versitygw']);
  const folder = join(cacheDir(), 'images');
  mkdirSync(folder, { recursive: true });
  // Not dist/: another build may empty it while this one still reads it.
  const bundles = mkdtempSync(join(folder, 'bundles-'));
  try {
    const products = [...productImages(await build(targets, bundles)), OBJECT_STORE_IMAGE];
    const ids = await publicImages(products, DATABASE_IMAGES);
    if (ids === undefined) return await ensureWithStandIns(products, DATABASE_IMAGES);
    return await ensureWithDocker(products, DATABASE_IMAGES, ids);
  } finally {
    rmSync(bundles, { recursive: true, force: true });
  }
}
