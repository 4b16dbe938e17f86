// A backup becomes a database: checked first, then loaded beside the live one, counted, and given its name.
import type { BackupPlace } from '@postgres-operator/api';
import type { Run } from '../environment.ts';
import { messageOf } from '../errors.ts';
import { step } from '../failpoint.ts';
import { graceAfter } from '../grace.ts';
import { clientForRestore } from '../postgres/client-choice.ts';
import { findClients } from '../postgres/client-tools.ts';
import { withConnection } from '../postgres/connect.ts';
import type { DatabaseFacts } from '../postgres/server-facts.ts';
import { requireRows } from './count-rows.ts';
import { requireEmpty, requireEncoding, requirePossible } from './fit.ts';
import { candidates, isLeftover } from './leftovers.ts';
import { dropDatabase } from './beside.ts';
import { analyzeBeside, loadBeside, loaderOf } from './load.ts';
import { planLoad, type Load } from './load-plan.ts';
import { dropLive, withoutLive } from './replace.ts';
import { requireSpace } from './space.ts';
import type { SwapRecord } from './swap-record.ts';
import { nameBeside, replaceLive } from './take-over.ts';
import { decodeBackup, openBackup, verifyBackup, type OpenBackup } from './verified-backup.ts';
import { superuserBeside, superuserIn, type Work } from './work.ts';

/** Restores a backup. Returns what is known of it once its database has its name. */
export async function restoreBackup(work: Work, live: DatabaseFacts, place: BackupPlace): Promise<SwapRecord> {
  const { request, run } = work;
  if (request.onlyIfEmpty === true) await withConnection(run, superuserIn(work, live.name, live.serverMajor), (session) => requireEmpty(session, live.name));
  const backup = await openBackup(place, run);
  requirePossible(backup.manifest, live, request);
  const client = clientForRestore(await findClients(run), { server: live.serverMajor, archive: backup.clientMajor });
  await withConnection(run, work.superuser, async (session) => {
    await requireEncoding(session, backup.manifest, live);
    await requireSpace(session, backup, work.names, request);
  });
  const replace = request.mode === 'replace';
  await step('verify', () => (replace ? decodeBackup(backup, run) : verifyBackup(backup, run)));
  const load = await planLoad(work, { backup, client, live });
  return replace ? replacing(work, load) : restoring(work, load);
}

async function restoring(work: Work, load: Load): Promise<SwapRecord> {
  try {
    const record = await fillBeside(work, load);
    load.progress.begin('swap');
    return await (work.request.targetDatabase === undefined ? replaceLive(work, work.names, record) : nameBeside(work, record));
  } catch (error) {
    await removeBeside(work);
    throw error;
  } finally {
    load.progress.stop();
  }
}

/** Loads a backup into a new database beside the live one, counts it and analyses it. */
export async function fillBeside(work: Work, load: Load): Promise<SwapRecord> {
  const skippedGrants = await loadBeside(work, load);
  load.progress.begin('examine');
  const [counted] = await bothOf(step('count', () => countBeside(work, load)), analyzeBeside(work, load));
  return { ...recordOf(work, load.backup), ...counted, ...(skippedGrants > 0 && { skippedGrants }) };
}

async function replacing(work: Work, load: Load): Promise<SwapRecord> {
  let live;
  try {
    live = await step('replace', () => dropLive(work, load.live));
  } catch (error) {
    load.progress.stop();
    await removeBeside(work);
    throw error;
  }
  try {
    return await restoring(work, { ...load, live });
  } catch (error) {
    throw withoutLive(error, work);
  }
}

const recordOf = ({ request, startedAt }: Work, { manifest, manifestSha256, file }: OpenBackup): SwapRecord => {
  const { namespace, name, uid } = manifest.object;
  return { uid: request.object.uid, bytes: file.bytes, startedAt, manifestSha256, backup: { namespace, name, uid }, sourceVersion: manifest.serverVersion };
};

/** Compares the new database with what the backup says it holds. */
export async function countBeside(work: Work, load: Load): Promise<{ tables?: number; rows?: number }> {
  const { run } = work;
  const tables = selected(work, load.backup);
  if (tables === undefined) return {};
  await withConnection(run, superuserBeside(work, load.live.serverMajor), (superuser) => withConnection(run, loaderOf(work, load), (loader) => requireRows({ loader, superuser }, tables)));
  const counted = { tables: tables.length, rows: tables.reduce((sum, { rows }) => sum + rows, 0) };
  run.log('rows counted', counted);
  return counted;
}

/** Waits for both even if one fails, so that nothing goes on behind the back of what follows. Neither waits for the other: one core would idle. */
async function bothOf<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return Promise.all([one, other]);
}

/** The tables of the backup that were to be loaded. */
function selected({ request }: Work, { tables }: OpenBackup): OpenBackup['tables'] {
  const { schemas = [], tables: names = [] } = request.selection ?? {};
  return tables?.filter(({ schema, table }) => (schemas.length === 0 || schemas.includes(schema)) && (names.length === 0 || names.includes(table)));
}

/** Best effort: a failure here must not hide the one that led here, and the next attempt starts by dropping leftovers. */
async function removeBeside({ run, names, superuser }: Work): Promise<void> {
  const patient: Run = { ...run, signal: graceAfter(run.signal) };
  try {
    await withConnection(patient, superuser, async (session) => {
      const [found] = await candidates(session, names.beside);
      if (found !== undefined && isLeftover(found, { names, liveIsThere: true, now: Date.now() })) await dropDatabase(session, names.beside);
    });
  } catch (error) {
    run.log('cannot drop the unfinished database', { level: 'warn', database: names.beside, error: messageOf(error) });
  }
}
