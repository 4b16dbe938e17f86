// One restore, top to bottom. The live database is replaced only by one that is complete; whatever fails before, it is untouched.
import type { RestoreRequest, RestoreSucceeded } from '@postgres-operator/api';
import { readCredentials } from '../credentials.ts';
import type { Run } from '../environment.ts';
import { RunError, messageOf } from '../errors.ts';
import { graceAfter } from '../grace.ts';
import { withConnection, type Target } from '../postgres/connect.ts';
import { clientForRestore } from '../postgres/client-choice.ts';
import { findClients } from '../postgres/client-tools.ts';
import { restoreDatabase } from '../postgres/restore-database.ts';
import { databaseFacts, type DatabaseFacts } from '../postgres/server-facts.ts';
import { createBeside, dropDatabase } from '../restore/beside.ts';
import { copyProperties } from '../restore/copy-properties.ts';
import { requireRows } from '../restore/count-rows.ts';
import { dropLeftovers, look, refuseUnlessSwappable } from '../restore/look.ts';
import { maintenanceDatabase, restoreNames, type RestoreNames } from '../restore/names.ts';
import { writeSwapRecord, type SwapRecord } from '../restore/swap-record.ts';
import { swap } from '../restore/swap.ts';
import { openVerified, type VerifiedBackup } from '../restore/verified-backup.ts';

interface Restore {
  readonly request: RestoreRequest;
  readonly run: Run;
  readonly names: RestoreNames;
  /** Creates, renames and drops databases; connected to a database that is neither of them. */
  readonly superuser: Target;
  /** Loads the content, on the new database: hostile content gets no more rights than the owner's. */
  readonly owner: Target;
}

/** Puts a backup in the place of a database. Repeated after the swap, it only finishes. */
export async function restore(request: RestoreRequest, run: Run): Promise<RestoreSucceeded> {
  const startedAt = new Date().toISOString();
  const work = await prepare(request, run);
  // Reading only: a run whose result was lost after the swap must not load again over what was written since.
  const seen = await withConnection(run, work.superuser, (client) => look(client, work.names, request.object.uid));
  if (seen.swapped !== undefined) return finish(work, seen.swapped);
  if (request.source.type === 'previous') throw new RunError('InvalidRequest', 'not yet');
  const backup = await openVerified(request.source, run);
  try {
    await loadBeside(work, backup, seen.live);
    const record = { uid: request.object.uid, bytes: backup.file.bytes, startedAt, ...(await countBeside(work, backup)) };
    return await finish(work, await replaceLive(work, record));
  } catch (error) {
    await removeBeside(work);
    throw error;
  }
}

async function prepare(request: RestoreRequest, run: Run): Promise<Restore> {
  const names = restoreNames(request.server.database, request.object.uid);
  const superuser = await readCredentials(run.environment.credentialsFolder, 'superuser');
  const owner = await readCredentials(run.environment.credentialsFolder, 'owner');
  return {
    request,
    run,
    names,
    superuser: { ...request.server, ...superuser, database: maintenanceDatabase(names.live) },
    owner: { ...request.server, ...owner, database: names.beside },
  };
}

/** Creates the new database and fills it. */
async function loadBeside({ run, names, superuser, owner }: Restore, backup: VerifiedBackup, live: DatabaseFacts): Promise<void> {
  const client = clientForRestore(await findClients(run), { server: live.serverMajor, archive: backup.clientMajor });
  await withConnection(run, superuser, async (session) => {
    await dropLeftovers(session, names, run.log);
    await createBeside(session, { names, facts: live, owner: owner.user });
  });
  run.log('loading', { database: names.beside, clientVersion: client.version });
  await restoreDatabase({ run, target: owner, client, backup });
  // pg_restore brings no statistics; without them the first queries after the swap would scan.
  await withConnection(run, owner, (session) => session.query('analyze'));
}

/** Compares the new database with what the backup says it holds. As the superuser: row security would hide rows from the owner. */
async function countBeside({ run, names, superuser }: Restore, { tables }: VerifiedBackup): Promise<{ tables?: number; rows?: number }> {
  if (tables === undefined) return {};
  await withConnection(run, { ...superuser, database: names.beside }, (session) => requireRows(session, tables));
  const counted = { tables: tables.length, rows: tables.reduce((sum, { rows }) => sum + rows, 0) };
  run.log('rows counted', counted);
  return counted;
}

/** Gives the new database everything the live one has outside its content, and swaps the names. */
async function replaceLive({ run, names, superuser }: Restore, record: SwapRecord): Promise<SwapRecord> {
  const comment = await withConnection(run, superuser, async (session) => {
    // Read again: loading may have taken hours.
    const live = await databaseFacts(session, names.live);
    await copyProperties(session, live, names.beside);
    await writeSwapRecord(session, names.beside, record);
    await refuseUnlessSwappable(session, names.live);
    return live.comment;
  });
  run.log('swapping', { database: names.live });
  const outageMilliseconds = await swap(run, superuser, names, comment);
  run.log('swapped', { database: names.live, outageMilliseconds });
  return { ...record, outageMilliseconds };
}

/** After the swap there is no way back, and no failure: what is left to do is tidying, and the next restore tidies too. */
async function finish({ run, names, superuser }: Restore, record: SwapRecord): Promise<RestoreSucceeded> {
  const patient = { ...run, signal: graceAfter(run.signal) };
  try {
    await withConnection(patient, superuser, async (session) => {
      await writeSwapRecord(session, names.live, record);
      await dropDatabase(session, names.previous);
    });
  } catch (error) {
    run.log('cannot drop the previous database', { database: names.previous, error: messageOf(error) });
  }
  return {
    v: 1,
    outcome: 'succeeded',
    command: 'restore',
    bytes: record.bytes,
    ...(record.tables !== undefined && { tables: record.tables }),
    ...(record.rows !== undefined && { rows: record.rows }),
    // Unknown when the run that swapped was killed before it could tell.
    ...(record.outageMilliseconds !== undefined && { outageMilliseconds: record.outageMilliseconds }),
    startedAt: record.startedAt,
    finishedAt: new Date().toISOString(),
  };
}

/** Best effort: a failure here must not hide the one that led here, and the next attempt starts by dropping leftovers. */
async function removeBeside({ run, names, superuser }: Restore): Promise<void> {
  const patient = { ...run, signal: graceAfter(run.signal) };
  try {
    await withConnection(patient, superuser, (session) => dropLeftovers(session, names, run.log));
  } catch (error) {
    run.log('cannot drop the unfinished database', { database: names.beside, error: messageOf(error) });
  }
}
