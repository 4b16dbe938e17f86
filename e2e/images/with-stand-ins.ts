import { join } from 'node:path';
import { cacheDir } from '../lib/cache.ts';
import { StepError } from '../lib/error.ts';
import { withLock } from '../lib/lock.ts';
import { ensureDebianPackages } from '../lib/packages.ts';
import { findArchive, storeArchive } from './archives.ts';
import { Buildah, BUILDAH_PACKAGES, storeTag } from './buildah.ts';
import { STAND_IN_IMAGES } from './catalogue.ts';
import { sourceKey } from './keys.ts';
import { inParallel } from './parallel.ts';
import { Plan } from './plan.ts';
import { ensureSource } from './sources.ts';
import type { ImageArchive, ImageDefinition } from './types.ts';

// Unpacking Debian packages keeps one core busy.
const SOURCES_AT_ONCE = 2;

/** Builds on stand-ins for the public bases: for machines without Docker or without a way to an image registry. */
export async function ensureWithStandIns(products: readonly ImageDefinition[], databases: readonly string[]): Promise<ImageArchive[]> {
  const plan = new Plan([...STAND_IN_IMAGES, ...products]);
  const wanted = [...products, ...databases.map((name) => plan.image(name))];
  if (missingOf(plan, wanted).length > 0) {
    if (process.arch !== 'x64') throw new StepError(`Stand-in images are made for x64, this machine is ${process.arch}: install Docker.`);
    await withLock(join(cacheDir(), 'locks', 'images.lock'), () => buildMissing(plan, wanted));
  }
  return wanted.map((image) => {
    const archive = findArchive(image.id, plan.key(image));
    if (archive === undefined) throw new StepError(`The archive of ${image.name} disappeared while the others were built.`);
    return archive;
  });
}

function missingOf(plan: Plan, images: readonly ImageDefinition[]): ImageDefinition[] {
  return images.filter((image) => findArchive(image.id, plan.key(image)) === undefined);
}

async function buildMissing(plan: Plan, wanted: readonly ImageDefinition[]): Promise<void> {
  // Asked again under the lock: another clone may just have built them.
  const missing = missingOf(plan, wanted);
  if (missing.length === 0) return;
  await ensureDebianPackages(BUILDAH_PACKAGES);
  const buildah = new Buildah();
  try {
    await buildah.removeLeftovers();
    await buildInStore(plan, buildah, missing);
    for (const image of missing) {
      const key = plan.key(image);
      await storeArchive(image.id, key, image.name, (file) => buildah.save(storeTag(image, key), image.name, file));
    }
  } finally {
    buildah.close();
  }
}

async function buildInStore(plan: Plan, buildah: Buildah, wanted: readonly ImageDefinition[]): Promise<void> {
  const images: ImageDefinition[] = [];
  for (const image of plan.inOrder(wanted)) {
    if (!(await buildah.has(storeTag(image, plan.key(image))))) images.push(image);
  }
  // By key: several images start from the same one.
  const sources = new Map(images.flatMap((image) => Object.values(image.context)).map((source) => [sourceKey(source), source]));
  await inParallel(SOURCES_AT_ONCE, [...sources.values()].map((source) => () => ensureSource(source)));
  for (const image of images) {
    const bases = [...plan.bases(image)].map(([name, base]): [string, string] => [name, storeTag(base, plan.key(base))]);
    const isProduct = !STAND_IN_IMAGES.includes(image);
    await buildah.build({ image, key: plan.key(image), bases: new Map(bases), layers: isProduct });
    await buildah.dropOthers(image, plan.key(image));
  }
}
