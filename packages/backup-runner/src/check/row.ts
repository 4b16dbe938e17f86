// A row that the primary took, on its way to the standbys.
import { DatabaseError, type Client } from 'pg';
import { messageOf } from '../errors.ts';
import { pause, type Finding, type Inspection } from './inspection.ts';
import { CHECK_TABLE, type FreshRow } from './primary.ts';
import { lost, type Seen, type Standby } from './standby.ts';

const LOOK_EVERY_MILLISECONDS = 20;

/** Follows a row to every standby that can have it, and adds to each how far behind it was. */
export async function followRow(inspection: Inspection, primary: Client, { standbys, row }: { standbys: readonly Standby[]; row: FreshRow }): Promise<readonly Standby[]> {
  const { maxLagSeconds } = inspection.request;
  let looked = standbys;
  for (;;) {
    const inTime = secondsSince(row.writtenAt) < maxLagSeconds;
    const { rows } = await primary.query<{ lsn: string }>('select pg_current_wal_lsn()::text as lsn');
    const lsn = rows[0]?.lsn ?? '';
    looked = await Promise.all(looked.map((standby) => (isOpen(standby, inspection) ? look(inspection, standby, { row, lsn }) : standby)));
    if (!looked.some((standby) => isOpen(standby, inspection))) return looked;
    if (!inTime) return looked.map((standby) => (isOpen(standby, inspection) ? { ...standby, finding: standby.finding ?? tooLate(standby, inspection) } : standby));
    await pause(inspection.run, LOOK_EVERY_MILLISECONDS);
  }
}

/** True for a standby that can have the row, and of which it is not known that it has it and is near enough. */
function isOpen({ finding, seen, session }: Standby, { request }: Inspection): boolean {
  if (session === undefined || (finding !== undefined && finding.reason !== 'StandbyNotStreaming')) return false;
  return seen.rowArrived !== true || (seen.lagBytes ?? 0) > request.maxLagBytes;
}

const secondsSince = (moment: number): number => Math.round(performance.now() - moment) / 1000;

async function look({ run }: Inspection, standby: Standby, { row, lsn }: { row: FreshRow; lsn: string }): Promise<Standby> {
  const { session, seen } = standby;
  if (session === undefined) return standby;
  try {
    const rowArrived = seen.rowArrived === true || (await hasRow(session, row.token));
    const lagSeconds = seen.rowArrived === true ? seen.lagSeconds : secondsSince(row.writtenAt);
    return { ...standby, seen: { ...seen, rowArrived, ...(lagSeconds !== undefined && { lagSeconds }), lagBytes: await bytesBehind(session, lsn), observedAt: new Date().toISOString() } };
  } catch (error) {
    run.signal.throwIfAborted();
    run.log('a standby stopped answering', { level: 'warn', standby: standby.endpoint.name, error: messageOf(error) });
    return lost(standby, error);
  }
}

// The table of the first check of all has to arrive, too; and a conflict with recovery is no more than a look that failed.
const NOT_YET: readonly (string | undefined)[] = ['42P01', '3F000', '40001'];

async function hasRow(session: Client, token: string): Promise<boolean> {
  try {
    return (await session.query(`select from ${CHECK_TABLE} where token = $1`, [token])).rowCount === 1;
  } catch (error) {
    if (error instanceof DatabaseError && NOT_YET.includes(error.code)) return false;
    throw error;
  }
}

/** Bytes of WAL up to a place that the standby has not replayed. */
async function bytesBehind(session: Client, lsn: string): Promise<number> {
  const { rows } = await session.query<{ bytes: string }>("select greatest(0, pg_wal_lsn_diff($1::pg_lsn, coalesce(pg_last_wal_replay_lsn(), '0/0'))) as bytes", [lsn]);
  return Number(rows[0]?.bytes ?? 0);
}

function tooLate({ endpoint: { name }, seen }: Standby, { request: { maxLagBytes, maxLagSeconds } }: Inspection): Finding {
  const behind = (seen: Seen): string => `${seen.lagBytes ?? 0} bytes of WAL are not replayed`;
  if (seen.rowArrived === true) return { reason: 'StandbyLags', message: `${name} lags: ${behind(seen)}, more than ${maxLagBytes}` };
  return { reason: 'RowNotArrived', message: `a row that the primary took has not arrived at ${name} within ${maxLagSeconds} s: ${behind(seen)}` };
}
