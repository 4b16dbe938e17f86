// Programs of majors that this machine's Debian does not have, from the packages that the stand-in images are made of. For tests only.
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { POSTGRES_14_SERVER, POSTGRES_16_SERVER, POSTGRES_18_ROOT, POSTGRES_18_SERVER } from '../../../e2e/images/catalogue.ts';
import { BUILDAH_PACKAGES } from '../../../e2e/images/buildah.ts';
import { ensureSource } from '../../../e2e/images/sources.ts';
import { ensureDebianPackages } from '../../../e2e/lib/packages.ts';
import { run } from '../../../e2e/lib/run.ts';

const LIBRARIES = 'usr/lib/x86_64-linux-gnu';

const SERVERS = { 14: POSTGRES_14_SERVER, 16: POSTGRES_16_SERVER, 18: POSTGRES_18_SERVER } as const;
const DEBIAN = '/usr/lib/postgresql/15';

/** Majors that there are servers of. */
export type Major = keyof typeof SERVERS | 15;

/** Folders with programs. */
export interface Majors {
  /** Where the programs of a server are. */
  server(major: Major): string;
  /** One folder a client major, as in the runner's image: 15, and 18 if that was asked for. */
  readonly tools: string;
  remove(): Promise<void>;
}

/** Lays them where the user who runs PostgreSQL can read them. */
export async function layMajors(...majors: readonly Exclude<Major, 15>[]): Promise<Majors> {
  const folder = await mkdtemp(join(tmpdir(), 'runner-majors-'));
  await chmod(folder, 0o755);
  const tools = join(folder, 'tools');
  await mkdir(tools);
  await symlink(DEBIAN, join(tools, '15'));
  await Promise.all(majors.map(async (major) => layServer(join(folder, String(major)), await ensureSource(SERVERS[major]))));
  if (majors.includes(18)) {
    // The tree may have to be made first.
    await ensureDebianPackages(BUILDAH_PACKAGES);
    await layClients(join(folder, 'root'), join(tools, '18/bin'), await ensureSource(POSTGRES_18_ROOT));
  }
  return { server: (major) => join(major === 15 ? DEBIAN : join(folder, String(major)), 'bin'), tools, remove: () => rm(folder, { recursive: true, force: true }) };
}

const layServer = (folder: string, source: string): Promise<void> => cp(join(source, 'native'), folder, { recursive: true, verbatimSymlinks: true });

/** They are started by the loader of their own tree: this machine's C library may be older. */
async function layClients(root: string, bin: string, archive: string): Promise<void> {
  await mkdir(root);
  await mkdir(bin, { recursive: true });
  const members = ['./usr/lib/postgresql/18/bin/pg_*', `./${LIBRARIES}/*.so*`];
  await run('tar', ['--extract', '--file', archive, '--directory', root, '--wildcards', ...members]);
  for (const tool of ['pg_dump', 'pg_dumpall', 'pg_restore']) {
    const loader = `${join(root, LIBRARIES)}/ld-linux-x86-64.so.2 --library-path ${join(root, LIBRARIES)} --argv0 ${join(bin, tool)}`;
    await writeFile(join(bin, tool), `#!/bin/sh\nexec ${loader} ${join(root, 'usr/lib/postgresql/18/bin', tool)} "$@"\n`, { mode: 0o755 });
  }
}
