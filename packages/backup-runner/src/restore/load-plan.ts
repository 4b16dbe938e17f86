// How a backup will be loaded, decided from its table of contents before anything is written.
import { DEFAULT_RESTORE_JOBS, type RestoreRequest } from '@postgres-operator/api';
import { RunError } from '../errors.ts';
import { readWithTool } from '../postgres/archive-tool.ts';
import type { Client } from '../postgres/client-choice.ts';
import { withConnection } from '../postgres/connect.ts';
import { selectionArguments } from '../postgres/restore-arguments.ts';
import type { DatabaseFacts } from '../postgres/server-facts.ts';
import { parseList, readPlan, readRoles, readSelection, type Entry, type NeededExtension } from './archive-plan.ts';
import { entriesWithout, extensionsToCreate } from './extensions.ts';
import { reportProgress, type RestoreProgress } from './progress.ts';
import type { OpenBackup } from './verified-backup.ts';
import type { Work } from './work.ts';

interface Loading {
  readonly backup: OpenBackup;
  readonly client: Client;
  /** Of the database that the new one has to resemble. */
  readonly live: DatabaseFacts;
}

/** How a backup is loaded. */
export interface Load extends Loading {
  readonly preserveOwners: boolean;
  /** How many sessions load. */
  readonly jobs: number;
  /** Extensions that the superuser creates beforehand. */
  readonly extensions: readonly NeededExtension[];
  /** Set when some entries of the archive are not to be loaded by pg_restore. */
  readonly entries?: readonly Entry[];
  /** Privileges to give afterwards. */
  readonly privileges: readonly string[];
  /** Schemas that pg_restore does not create for the part that it loads. */
  readonly schemas: readonly string[];
  readonly progress: RestoreProgress;
}

/** Plans it. @throws RunError for what this server or the request does not allow. */
export async function planLoad(work: Work, loading: Loading): Promise<Load> {
  const { request, run } = work;
  const jobs = request.jobs ?? DEFAULT_RESTORE_JOBS;
  const progress = reportProgress(run, { plainBytes: loading.backup.file.plainBytes, jobs });
  try {
    return { ...loading, progress, jobs, preserveOwners: request.preserveOwners === true, extensions: [], privileges: [], schemas: [], ...(await contents(work, loading, progress)) };
  } catch (error) {
    progress.stop();
    throw error;
  }
}

async function contents(work: Work, loading: Loading, progress: RestoreProgress): Promise<Partial<Load>> {
  const { request, run, superuser } = work;
  const job = { run, ...loading };
  if (request.selection !== undefined) return selected(work, loading, { selection: request.selection, progress });
  if (request.preserveOwners === true) {
    run.log('loading as superuser, with owners and privileges of the dump: its content may do anything to the server', { level: 'warn' });
    await requireRoles(work, await readRoles(job));
    progress.expect(parseList(await readWithTool(job, ['--list'])));
    return {};
  }
  const plan = await readPlan(job);
  progress.expect(plan.entries);
  const extensions = await withConnection(run, superuser, (session) => extensionsToCreate(session, plan.extensions, request.allowedExtensions ?? []));
  return { extensions, privileges: plan.privileges, ...(extensions.length > 0 && { entries: entriesWithout(plan, extensions) }) };
}

interface Selected {
  readonly selection: NonNullable<RestoreRequest['selection']>;
  readonly progress: RestoreProgress;
}

async function selected({ run, request }: Work, loading: Loading, { selection, progress }: Selected): Promise<Partial<Load>> {
  const { schemas = [], tables = [] } = selection;
  const ofTables = (loading.backup.tables ?? []).filter(({ table }) => tables.includes(table)).map(({ schema }) => schema);
  const wanted = [...new Set(schemas.length > 0 ? schemas : ofTables)];
  const { entries, privileges } = await readSelection({ run, ...loading }, selectionArguments(selection), wanted);
  if (entries.length === 0) throw new RunError('SelectionEmpty', `the backup has nothing of the selection ${JSON.stringify(selection)}`);
  progress.expect(entries);
  // With owners, pg_restore gives the privileges itself.
  return { schemas: wanted, privileges: request.preserveOwners === true ? [] : privileges };
}

async function requireRoles({ run, superuser }: Work, roles: readonly string[]): Promise<void> {
  const present = await withConnection(run, superuser, async (session) => (await session.query<{ name: string }>('select rolname::text as name from pg_roles')).rows);
  const missing = roles.filter((role) => !present.some(({ name }) => name === role));
  if (missing.length === 0) return;
  throw new RunError('RoleMissing', `preserveOwners needs roles that this server does not have: ${missing.map((role) => JSON.stringify(role)).join(', ')}; create them, or restore without it`);
}
