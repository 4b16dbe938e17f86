import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Everything expensive lives here, outside the clone, so that a second clone on the same machine starts warm. */
export function cacheDir(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'postgres-operator-e2e');
}

/** What belongs to one run of something (a cluster, a control plane) and disappears with it. */
export function stateHome(): string {
  return join(process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'postgres-operator-e2e');
}

/** A short name for a set of pinned inputs: it changes when, and only when, one of them does. */
export function contentHash(...parts: (string | Buffer)[]): string {
  const hash = createHash('sha256');
  // The length keeps ('ab', 'c') and ('a', 'bc') apart.
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, 16);
}

/**
 * Creates `target` (a file or a folder) through `build`, which writes to a temporary name beside it. The final name appears by
 * rename only, so a build that was killed never leaves half a result under it.
 */
export async function publish(target: string, build: (temporary: string) => Promise<void>): Promise<string> {
  if (existsSync(target)) return target;
  const temporary = `${target}.partial-${randomUUID()}`;
  mkdirSync(dirname(target), { recursive: true });
  try {
    await build(temporary);
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return target;
}
