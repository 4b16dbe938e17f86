import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentHash } from '../lib/cache.ts';
import { basesOf } from './names.ts';
import type { ContextSource, DebianRoot, ImageDefinition } from './types.ts';

export const HOOKS = join(import.meta.dirname, 'roots');

// Raised when the way things are built changes in a manner that the recipes do not show.
const FORMAT = '2';

/** Changes when a recipe does. Debian's packages are pinned by suite: their updates come with `--rebuild`. */
export function sourceKey(source: ContextSource): string {
  if (source.kind === 'npm-package') return contentHash(FORMAT, source.integrity, ...(source.files ?? []));
  if (source.kind === 'python-wheel') return contentHash(FORMAT, source.sha256, ...source.files);
  if (source.kind === 'path') return contentHash(readFileSync(source.path));
  return contentHash(FORMAT, JSON.stringify(source), ...hookFiles(source).map((file) => readFileSync(file)));
}

/** slim.sh counts for all: the other scripts may call it. */
function hookFiles({ hooks }: DebianRoot): string[] {
  const names = new Set([hooks.last, ...(hooks.essential === undefined ? [] : [hooks.essential]), 'slim.sh']);
  return [...names].map((name) => join(HOOKS, name));
}

/** Changes when the image would: with its Dockerfile, what it copies, its arguments and, through `baseKey`, with its bases. */
export function imageKey(image: ImageDefinition, baseKey: (base: string) => string): string {
  const dockerfile = readFileSync(image.dockerfile, 'utf8');
  const bases = basesOf(dockerfile).map((base) => `${base}=${baseKey(base)}`);
  const context = Object.entries(image.context).map(([name, source]) => `${name}=${sourceKey(source)}`);
  return contentHash(FORMAT, image.name, dockerfile, JSON.stringify(image.buildArgs), ...bases, ...context);
}
