import { build, BUNDLE_TARGETS, type BundleTarget } from '../../scripts/build.ts';
import { DATABASE_IMAGES, productImages } from './catalogue.ts';
import type { ImageArchive } from './types.ts';
import { ensureWithDocker, publicImages } from './with-docker.ts';
import { ensureWithStandIns } from './with-stand-ins.ts';

export type { ImageArchive } from './types.ts';

/** The images the cluster needs: controller, runner and databases, as archives in the cache. Builds only what changed. */
export async function ensureImages(targets: readonly BundleTarget[] = BUNDLE_TARGETS): Promise<ImageArchive[]> {
  const products = productImages(await build(targets));
  const ids = await publicImages(products, DATABASE_IMAGES);
  return ids === undefined ? ensureWithStandIns(products, DATABASE_IMAGES) : ensureWithDocker(products, DATABASE_IMAGES, ids);
}
