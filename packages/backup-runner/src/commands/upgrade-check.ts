// What is known of a major upgrade before anything is done: what stands in its way, what will be otherwise, how much it is.
import { UPGRADE_REASONS, type UpgradeCheckRequest, type UpgradeCheckSucceeded } from '@postgres-operator/api';
import type { Run } from '../environment.ts';
import { RunError } from '../errors.ts';
import { clientForDump } from '../postgres/client-choice.ts';
import { findClients } from '../postgres/client-tools.ts';
import { withConnection } from '../postgres/connect.ts';
import { restoreNames } from '../restore/names.ts';
import { shorten } from '../shorten.ts';
import { estimateSeconds, measureExtent, spaceFindings } from '../upgrade/extent.ts';
import { freeBytes } from '../upgrade/free-space.ts';
import { findNotes } from '../upgrade/notes.ts';
import { findObstacles, type Finding } from '../upgrade/obstacles.ts';
import { maintenanceContent, otherDatabases } from '../upgrade/other-databases.ts';
import { meetServer, withInside, type UpgradeServer } from '../upgrade/server.ts';

/** Looks, and changes nothing. What is in the way is in the result: the check has succeeded all the same. */
export async function upgradeCheck(request: UpgradeCheckRequest, run: Run): Promise<UpgradeCheckSucceeded> {
  const startedAt = new Date().toISOString();
  const server = await meetServer(run, request.server);
  const majors = { from: server.major, to: request.toMajor };
  if (majors.to <= majors.from) throw new RunError('InvalidRequest', `the server has PostgreSQL ${server.serverVersion}: ${majors.to} is no newer major`);
  const { around, free } = await lookAround(run, server, request);
  const { findings, notes, extent } = await withInside(run, server, async (session) => {
    const size = await measureExtent(session);
    return {
      findings: [...around, ...(await findObstacles(session, { ...majors, extensions: request.targetExtensions, locales: request.targetLocales })), ...spaceFindings(size, { volumeBytes: request.volumeBytes, freeBytes: free })],
      notes: await findNotes(session, majors),
      extent: size,
    };
  });
  for (const { reason, message } of findings) run.log('in the way of the upgrade', { level: 'warn', reason, message });
  for (const note of notes) run.log('after the upgrade', { note });
  const { tables, bytes, neededBytes } = extent;
  return {
    ...{ v: 1, outcome: 'succeeded', command: 'upgradeCheck', findings: inOrder(findings), notes: notes.map((note) => shorten(note, LONGEST)) },
    ...{ serverVersion: server.serverVersion, tables, bytes, neededBytes, estimateSeconds: estimateSeconds(extent), startedAt, finishedAt: new Date().toISOString() },
  };
}

/** What is not in the database: clients in this image, other databases, and free bytes on the volume. */
async function lookAround(run: Run, server: UpgradeServer, { toMajor, server: { database }, object }: UpgradeCheckRequest): Promise<{ around: Finding[]; free: number }> {
  const names = restoreNames(database, object.uid);
  const missing = await missingClient(run, toMajor);
  return withConnection(run, server.superuser, async (session) => ({
    around: [...missing, ...(await otherDatabases(session, names)), ...(await maintenanceContent(session, database))],
    free: await freeBytes(session),
  }));
}

async function missingClient(run: Run, toMajor: number): Promise<Finding[]> {
  try {
    clientForDump(await findClients(run), toMajor);
    return [];
  } catch (error) {
    if (error instanceof RunError && error.reason === 'ClientTooOld') return [{ reason: 'ClientTooOld', message: error.message }];
    throw error;
  }
}

/** How many findings are told, and how long each and each note is: all have to fit into a result. */
const [MOST, LONGEST] = [6, 240];

/** The gravest first. */
function inOrder(findings: readonly Finding[]): Finding[] {
  const rank = ({ reason }: Finding): number => UPGRADE_REASONS.indexOf(reason);
  const sorted = [...findings].sort((one, other) => rank(one) - rank(other));
  return sorted.slice(0, MOST).map(({ reason, message }) => ({ reason, message: shorten(message, LONGEST) }));
}
