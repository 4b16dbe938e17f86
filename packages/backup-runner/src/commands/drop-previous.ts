// Drops the database that a restore replaced, when nobody wants to go back any more.
import type { DropPreviousRequest, DropPreviousSucceeded } from '@postgres-operator/api';
import type { Client } from 'pg';
import { readCredentials } from '../credentials.ts';
import type { Run } from '../environment.ts';
import { RunError } from '../errors.ts';
import { withConnection } from '../postgres/connect.ts';
import { dropDatabase } from '../restore/beside.ts';
import { candidates, liveIsThere } from '../restore/leftovers.ts';
import { parsePreviousMark } from '../restore/marks.ts';
import { maintenanceDatabase, previousName } from '../restore/names.ts';

/** Drops it only when name, OID and comment say that it is the one. */
export async function dropPrevious(request: DropPreviousRequest, run: Run): Promise<DropPreviousSucceeded> {
  const startedAt = new Date().toISOString();
  const superuser = await readCredentials(run.environment.credentialsFolder, 'superuser');
  const target = { ...request.server, ...superuser, database: maintenanceDatabase(request.server.database) };
  const found = await withConnection(run, target, (session) => dropIfSame(session, request));
  run.log('previous database', { database: request.previous.name, found });
  return { v: 1, outcome: 'succeeded', command: 'dropPrevious', found, startedAt, finishedAt: new Date().toISOString() };
}

async function dropIfSame(session: Client, { previous, server }: DropPreviousRequest): Promise<DropPreviousSucceeded['found']> {
  const [candidate] = await candidates(session, previous.name);
  if (candidate === undefined) return 'absent';
  const mark = parsePreviousMark(candidate.comment);
  const isSame = candidate.oid === previous.oid && mark !== undefined && mark.database === server.database && isOf(mark.restore, candidate.name);
  if (!isSame) return 'different';
  if (!(await liveIsThere(session, server.database))) {
    throw new RunError('DatabaseMissing', `there is no complete database ${JSON.stringify(server.database)}, so ${candidate.name} may be its only copy; it is not dropped`);
  }
  await dropDatabase(session, candidate.name);
  return 'dropped';
}

/** Total: a comment's UID may be anything. */
function isOf(restoreUid: string, name: string): boolean {
  return /^[0-9a-f]{8}-/.test(restoreUid) && previousName(restoreUid) === name;
}
