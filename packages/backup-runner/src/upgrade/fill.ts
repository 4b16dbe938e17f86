// Fills the new server: roles, then the backup into a database beside the empty one that has the name, then all that no backup holds.
import type { UpgradeLoadRequest } from '@postgres-operator/api';
import type { Client } from 'pg';
import type { Run } from '../environment.ts';
import { RunError } from '../errors.ts';
import { step } from '../failpoint.ts';
import { clientForRestore } from '../postgres/client-choice.ts';
import { findClients } from '../postgres/client-tools.ts';
import { withConnection } from '../postgres/connect.ts';
import { setOwner, setPrivileges } from '../restore/copy-properties.ts';
import { requireEmpty, requirePossible } from '../restore/fit.ts';
import { fillBeside } from '../restore/from-backup.ts';
import { planLoad } from '../restore/load-plan.ts';
import { TEMPORARY } from '../restore/marks.ts';
import { restoreNames } from '../restore/names.ts';
import { writeSwapRecord, type SwapRecord } from '../restore/swap-record.ts';
import { swap } from '../restore/swap.ts';
import { openBackup, verifyBackup, type OpenBackup } from '../restore/verified-backup.ts';
import { superuserIn, type Work } from '../restore/work.ts';
import { readSystemSettings, type Handover } from './handover.ts';
import { bringDatabaseSettings, bringRoles } from './roles.ts';
import { completeUserMappings } from './secrets.ts';
import { withInside, type UpgradeServer } from './server.ts';
import { setSystemSettings } from './system-settings.ts';

/** Where an upgrade goes to, and from what. */
export interface Filling {
  readonly request: UpgradeLoadRequest;
  readonly run: Run;
  readonly server: UpgradeServer;
  readonly startedAt: string;
}

/** What became of it. */
export interface Filled {
  readonly record: SwapRecord;
  /** What was not carried. */
  readonly notes: readonly string[];
}

/** The work of a restore with owners and privileges, into this server. */
export function workOf({ request, run, server, startedAt }: Filling): Work {
  const { v, object, operatorVersion, source, jobs } = request;
  const names = restoreNames(request.server.database, object.uid);
  return {
    request: { v, object, operatorVersion, command: 'restore', server: request.server, source, preserveOwners: true, ...(jobs !== undefined && { jobs }) },
    ...{ run, startedAt, names, target: names.live, superuser: server.superuser },
    owner: superuserIn(server, names.beside, server.major),
  };
}

/** Fills the server. What an earlier attempt made is dropped first. Until the last step the name belongs to the empty database. */
export async function fillServer(filling: Filling, handover: Handover): Promise<Filled> {
  const { request, run, server } = filling;
  const work = workOf(filling);
  await withInside(run, server, (session) => requireEmpty(session, work.names.live));
  const backup = await openBackup(request.source, run);
  requireOf(backup, handover);
  const live = { ...handover.database, serverVersion: server.serverVersion, serverMajor: server.major };
  requirePossible(backup.manifest, live, work.request);
  const client = clientForRestore(await findClients(run), { server: server.major, archive: backup.clientMajor });
  await step('verify', () => verifyBackup(backup, run));
  const notes = await step('roles', () => withConnection(run, server.superuser, (session) => bringRoles(session, request.handover, handover.globals)));
  const load = await planLoad(work, { backup, client, live });
  try {
    const record = await fillBeside(work, load);
    load.progress.begin('swap');
    await step('mappings', () => withConnection(run, work.owner, (session) => completeUserMappings(session, request.handover)));
    const further = await withConnection(run, server.superuser, (session) => describe(session, { work, handover, file: request.handover, record }));
    await step('swap', () => swap(run, server.superuser, work.names, { comment: handover.database.comment, previousMark: TEMPORARY, previousOpen: false, liveOpen: true }));
    return { record, notes: [...notes, ...further] };
  } finally {
    load.progress.stop();
  }
}

/** The backup was taken when nobody could write any more. */
function requireOf({ manifest, source }: OpenBackup, { database, writtenAt }: Handover): void {
  if (manifest.database.name !== database.name) throw new RunError('BackupCorrupt', `${source.location} is of the database ${JSON.stringify(manifest.database.name)}, not of ${JSON.stringify(database.name)}`);
  const time = manifest.snapshot?.time;
  if (time === undefined || time < writtenAt) throw new RunError('WrittenSince', `${source.location} is of ${time ?? 'an unknown time'}, and until ${writtenAt} the old server took writes`);
}

interface Description {
  readonly work: Work;
  readonly handover: Handover;
  readonly file: string;
  readonly record: SwapRecord;
}

/** Gives the new database and the server what no backup holds. */
async function describe(session: Client, { work: { names }, handover, file, record }: Description): Promise<string[]> {
  // A standby that is still missing must not be waited for.
  await session.query('set synchronous_commit = local');
  const notes = await step('copy', async () => {
    await setOwner(session, handover.database, names.beside);
    await setPrivileges(session, handover.properties.privileges, names.beside);
    return bringDatabaseSettings(session, handover.properties.settings, names.beside);
  });
  notes.push(...(await step('settings', async () => setSystemSettings(session, await readSystemSettings(session, file)))));
  await step('record', () => writeSwapRecord(session, names.beside, record));
  return notes;
}
