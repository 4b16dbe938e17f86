// Programs of majors that this machine's Debian does not have, from the packages that the stand-in images are made of. For tests only.
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { POSTGRES_14_SERVER, POSTGRES_16_SERVER, POSTGRES_18_ROOT, POSTGRES_18_SERVER } from '../../../e2e/images/catalogue.ts';
import { ensureSource } from '../../../e2e/images/sources.ts';
import { run } from '../../../e2e/lib/run.ts';

const LIBRARIES = 'usr/lib/x86_64-linux-gnu';

/** Folders with programs. */
export interface Majors {
  /** Of servers, by major. */
  readonly servers: Readonly<Record<14 | 15 | 16 | 18, string>>;
  /** One folder a client major, as in the runner's image. */
  readonly tools: string;
  remove(): Promise<void>;
}

/** Lays them where the user who runs PostgreSQL can read them. */
export async function layMajors(): Promise<Majors> {
  const folder = await mkdtemp(join(tmpdir(), 'runner-majors-'));
  await chmod(folder, 0o755);
  const tools = join(folder, 'tools');
  await mkdir(join(tools, '18/bin'), { recursive: true });
  await symlink('/usr/lib/postgresql/15', join(tools, '15'));
  const [fourteen, sixteen, eighteen] = await Promise.all([
    layServer(join(folder, '14'), await ensureSource(POSTGRES_14_SERVER)),
    layServer(join(folder, '16'), await ensureSource(POSTGRES_16_SERVER)),
    layServer(join(folder, '18'), await ensureSource(POSTGRES_18_SERVER)),
    layClients(join(folder, 'root'), join(tools, '18/bin'), await ensureSource(POSTGRES_18_ROOT)),
  ]);
  return { servers: { 14: fourteen, 15: '/usr/lib/postgresql/15/bin', 16: sixteen, 18: eighteen }, tools, remove: () => rm(folder, { recursive: true, force: true }) };
}

async function layServer(folder: string, source: string): Promise<string> {
  await cp(join(source, 'native'), folder, { recursive: true, verbatimSymlinks: true });
  return join(folder, 'bin');
}

/** They are started by the loader of their own tree: this machine's C library may be older. */
async function layClients(root: string, bin: string, archive: string): Promise<void> {
  await mkdir(root);
  const members = ['./usr/lib/postgresql/18/bin/pg_*', `./${LIBRARIES}/*.so*`];
  await run('tar', ['--extract', '--file', archive, '--directory', root, '--wildcards', ...members]);
  for (const tool of ['pg_dump', 'pg_dumpall', 'pg_restore']) {
    const loader = `${join(root, LIBRARIES)}/ld-linux-x86-64.so.2 --library-path ${join(root, LIBRARIES)} --argv0 ${join(bin, tool)}`;
    await writeFile(join(bin, tool), `#!/bin/sh\nexec ${loader} ${join(root, 'usr/lib/postgresql/18/bin', tool)} "$@"\n`, { mode: 0o755 });
  }
}
