// Fills the new database.
import { escapeIdentifier } from 'pg';
import { step } from '../failpoint.ts';
import { loadArchive } from '../load/load-archive.ts';
import { withConnection, type Target } from '../postgres/connect.ts';
import { withList } from './archive-plan.ts';
import { createBeside } from './beside.ts';
import { createExtensions } from './extensions.ts';
import { dropLeftovers } from './leftovers.ts';
import type { Load } from './load-plan.ts';
import { maintenanceKilobytes, serverMemory } from './memory.ts';
import { grantPrivileges } from './privileges.ts';
import { superuserBeside, type Work } from './work.ts';

/** Who loads the content, and whatever code comes with it runs as: the owner, but for the exception that says what it risks. */
export const loaderOf = (work: Work, { preserveOwners, live }: Load): Target => (preserveOwners ? superuserBeside(work, live.serverMajor) : work.owner);

/** Creates the new database and fills it. Returns how many privileges could not be given. */
export async function loadBeside(work: Work, load: Load): Promise<number> {
  const { run, names } = work;
  const loader = loaderOf(work, load);
  await step('create', () => create(work, load));
  run.log('loading', { database: names.beside, clientVersion: load.client.version });
  await step('load', () => fill(work, load, loader));
  run.log('loaded', { database: names.beside });
  return withConnection(run, work.owner, (session) => grantPrivileges(session, load.privileges, run.log));
}

/** pg_restore brings no statistics; without them the first queries after the swap would scan. */
export async function analyzeBeside(work: Work, load: Load): Promise<void> {
  await step('analyze', () => withConnection(work.run, loaderOf(work, load), (session) => session.query('analyze')));
}

/** Until its extensions are there, the database is the superuser's, and empty. */
async function create(work: Work, { live, extensions, schemas }: Load): Promise<void> {
  const { run, names, superuser, owner } = work;
  const guarded = extensions.length > 0;
  const first = guarded ? superuser.user : owner.user;
  await withConnection(run, superuser, async (session) => {
    await dropLeftovers(session, names, run.log);
    // Before 15 everybody may create things in the schema public.
    await createBeside(session, { names, facts: live, owner: first, access: guarded && live.serverMajor < 15 ? 'owner' : 'public' });
    if (!guarded) return;
    await withConnection(run, superuserBeside(work, live.serverMajor), (inside) => createExtensions(inside, extensions, owner.user));
    await session.query(`alter database ${escapeIdentifier(names.beside)} owner to ${escapeIdentifier(owner.user)}`);
  });
  if (schemas.length === 0) return;
  await withConnection(run, owner, async (session) => {
    for (const schema of schemas) await session.query(`create schema if not exists ${escapeIdentifier(schema)}`);
  });
}

async function fill(work: Work, load: Load, target: Target): Promise<void> {
  const { run, request } = work;
  const { client, backup, progress, preserveOwners, jobs } = load;
  const maintenance = maintenanceKilobytes(await withConnection(run, work.superuser, serverMemory), jobs);
  const restore = (listFile?: string): Promise<void> =>
    loadArchive({
      ...{ run, target, client, backup, jobs, watch: progress.watch },
      ...(maintenance !== undefined && { maintenanceKilobytes: maintenance }),
      options: { preserveOwners, ...(request.selection !== undefined && { selection: request.selection }), ...(listFile !== undefined && { listFile }) },
    });
  if (load.entries === undefined) await restore();
  else await withList(run.environment.scratchFolder, load.entries, restore);
}
