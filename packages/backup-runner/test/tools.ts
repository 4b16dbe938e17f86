import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from './runner.ts';

/** The same pod with a script in the place of a tool; in the script, `real` is the tool itself. */
export async function withTool(pod: Pod, name: 'pg_dump' | 'pg_dumpall', script: string): Promise<Pod> {
  const bin = join(pod.folder, 'tools/15/bin');
  await mkdir(bin, { recursive: true });
  const folder = '/usr/lib/postgresql/15/bin';
  for (const tool of ['pg_dump', 'pg_dumpall']) await symlink(join(folder, tool), join(bin, tool));
  await rm(join(bin, name));
  const real = join(folder, name);
  await writeFile(join(bin, name), `#!/bin/sh\nif [ "$1" = --version ]; then exec ${real} --version; fi\nreal() { ${real} "$@"; }\n${script}\n`, { mode: 0o755 });
  return { ...pod, environment: { ...pod.environment, toolsFolder: join(pod.folder, 'tools') } };
}
