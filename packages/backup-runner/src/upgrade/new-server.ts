// Whether a server is the one that the old one's content belongs into. What follows takes a database's name away from what has it.
import type { UpgradeLoadRequest } from '@postgres-operator/api';
import type { Client } from 'pg';
import { RunError } from '../errors.ts';
import { readSwapRecord, type SwapRecord } from '../restore/swap-record.ts';
import { readControlFile } from './control-file.ts';
import { readHandover, readSeal, type Handover } from './handover.ts';
import type { UpgradeServer } from './server.ts';

/** What is known before anything is done. */
export interface Arrival {
  readonly handover: Handover;
  /** Set when an earlier attempt has loaded this very backup, and could not tell. */
  readonly done: SwapRecord | undefined;
}

/** Looks at a server through a session beside the database. @throws RunError when it is not the one, or when the old one has more than the backup. */
export async function lookAround(session: Client, server: UpgradeServer, request: UpgradeLoadRequest): Promise<Arrival> {
  const { handover: file, object, source } = request;
  const handover = await readHandover(session, file);
  if (handover.uid !== object.uid || handover.database.name !== request.server.database) throw new RunError('HandoverMissing', `the hand-over file ${file} is of another database`);
  if (server.major <= handover.major) {
    throw new RunError('NotTheNewServer', `the server has PostgreSQL ${server.serverVersion} and was to be filled with what one of ${handover.serverVersion} left: it is no new server of a newer major`);
  }
  const record = await readSwapRecord(session, request.server.database, object.uid);
  if (record !== undefined && record.manifestSha256 === source.manifestSha256) return { handover, done: record };
  await requireSameAsSealed(session, request, handover);
  return { handover, done: undefined };
}

/** The old server was shut down, and wrote nothing after it was compared with its backup. */
async function requireSameAsSealed(session: Client, { handover: file, previousDataDirectory: folder }: UpgradeLoadRequest, { systemIdentifier }: Handover): Promise<void> {
  const { nextXid } = await readSeal(session, file);
  const left = await readControlFile(session, folder);
  if (left.systemIdentifier !== systemIdentifier) throw new RunError('HandoverMissing', `the data in ${folder} is not that of the server which wrote the hand-over file`);
  if (!left.isShutDown) throw new RunError('HandoverMissing', `the server of ${folder} was not shut down cleanly, so that nobody can say what it wrote last`);
  if (left.nextXid !== nextXid) throw new RunError('WrittenSince', `something was written to the old server after it was compared with its backup: it was at transaction ${nextXid}, and ended at ${left.nextXid}`);
}
