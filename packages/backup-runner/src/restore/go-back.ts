// Going back: what an earlier restore replaced takes its place again, and what is live now is kept in turn.
import type { RestoreRequest } from '@postgres-operator/api';
import type { Client } from 'pg';
import { RunError } from '../errors.ts';
import { withConnection } from '../postgres/connect.ts';
import type { DatabaseFacts } from '../postgres/server-facts.ts';
import { candidates } from './leftovers.ts';
import { parsePreviousMark } from './marks.ts';
import { previousName } from './names.ts';
import type { SwapRecord } from './swap-record.ts';
import { replaceLive } from './take-over.ts';
import type { Work } from './work.ts';

type Source = Extract<RestoreRequest['source'], { type: 'previous' }>;

/** Puts the previous database of a restore in the place of the live one. Nothing is counted: it is no backup, but the very database. */
export async function goBack(work: Work, live: DatabaseFacts, source: Source): Promise<SwapRecord> {
  const { run, superuser, request, startedAt } = work;
  const beside = previousName(source.restoreUid);
  const bytes = await withConnection(run, superuser, (session) => requirePrevious(session, beside, { source, live }));
  return replaceLive(work, { ...work.names, beside }, { uid: request.object.uid, bytes, startedAt, sourceVersion: live.serverVersion });
}

/** Returns its size. */
async function requirePrevious(session: Client, name: string, { source, live }: { source: Source; live: DatabaseFacts }): Promise<number> {
  const [found] = await candidates(session, name);
  const mark = parsePreviousMark(found?.comment ?? null);
  if (found === undefined) throw new RunError('BackupMissing', `the database ${name}, which the restore ${source.restoreUid} replaced, is not on the server any more: its time was over, or somebody dropped it`);
  if (mark?.restore !== source.restoreUid || mark.database !== live.name) {
    throw new RunError('BackupMissing', `the database ${name} is not the one that the restore ${source.restoreUid} replaced in ${JSON.stringify(live.name)}: its comment does not say so`);
  }
  const { rows } = await session.query<{ bytes: string }>('select pg_database_size($1::oid) as bytes', [found.oid]);
  return Number(rows[0]?.bytes ?? 0);
}
