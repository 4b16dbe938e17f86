// What every part of a restore needs.
import type { RestoreRequest } from '@postgres-operator/api';
import { readCredentials } from '../credentials.ts';
import type { Run } from '../environment.ts';
import type { Target } from '../postgres/connect.ts';
import { maintenanceDatabase, restoreNames, type RestoreNames } from './names.ts';

/** One restore. */
export interface Work {
  readonly request: RestoreRequest;
  readonly run: Run;
  readonly startedAt: string;
  readonly names: RestoreNames;
  /** The name that the content has in the end. */
  readonly target: string;
  /** Creates, renames and drops databases; connected to a database that is neither of them. */
  readonly superuser: Target;
  /** Loads the content, on the new database: hostile content gets no more rights than the owner's. */
  readonly owner: Target;
}

/** Prepares a restore. */
export async function prepare(request: RestoreRequest, run: Run): Promise<Work> {
  const names = restoreNames(request.server.database, request.object.uid);
  const superuser = await readCredentials(run.environment.credentialsFolder, 'superuser');
  const owner = await readCredentials(run.environment.credentialsFolder, 'owner');
  const { host, port } = request.server;
  return {
    request,
    run,
    startedAt: new Date().toISOString(),
    names,
    target: request.targetDatabase ?? names.live,
    superuser: { host, port, ...superuser, database: maintenanceDatabase(names.live) },
    owner: { host, port, ...owner, database: names.beside },
  };
}

/** The superuser in the new database. */
export const superuserBeside = (work: Work, serverMajor: number): Target => superuserIn(work, work.names.beside, serverMajor);

/** The superuser in a database with content. A trigger on login would be somebody else's code; servers before 17 have none. */
export const superuserIn = ({ superuser }: Pick<Work, 'superuser'>, database: string, serverMajor: number): Target => ({
  ...superuser,
  database,
  ...(serverMajor >= 17 && { options: ' -c event_triggers=off' }),
});
