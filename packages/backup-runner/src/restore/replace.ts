// Mode replace: the live database goes before the new one comes, for servers without room for both. An empty database that takes no
// connections stands in its place meanwhile: it holds owner, privileges and settings, and says what has happened.
import { withConnection } from '../postgres/connect.ts';
import { databaseFacts, type DatabaseFacts } from '../postgres/server-facts.ts';
import { RunError, messageOf } from '../errors.ts';
import { createBeside, dropDatabase } from './beside.ts';
import { copyProperties } from './copy-properties.ts';
import { candidates, dropLeftovers } from './leftovers.ts';
import { refuseUnlessSwappable } from './look.ts';
import { TEMPORARY, formatIncompleteMark, parseIncompleteMark } from './marks.ts';
import { swap } from './swap.ts';
import type { Work } from './work.ts';

/** Drops the live database, and leaves an empty one in its place. Returns the facts of that. */
export async function dropLive(work: Work, live: DatabaseFacts): Promise<DatabaseFacts> {
  const { run, superuser, names, request } = work;
  if (parseIncompleteMark(live.comment) === undefined) {
    run.log('dropping the live database before the new one is there: until this restore succeeds there is none', { level: 'warn', database: names.live });
    await withConnection(run, superuser, async (session) => {
      await dropLeftovers(session, names, run.log);
      await createBeside(session, { names, facts: live, owner: live.owner, access: 'nobody' });
      await copyProperties(session, live, names.beside);
      await refuseUnlessSwappable(session, names.live);
    });
    const comment = formatIncompleteMark({ restore: request.object.uid, comment: live.comment });
    await swap(run, superuser, names, { comment, previousMark: TEMPORARY, previousOpen: false, liveOpen: false });
  }
  return withConnection(run, superuser, async (session) => {
    const [dropped] = await candidates(session, names.previous);
    if (dropped?.comment === TEMPORARY) await dropDatabase(session, dropped.name);
    return databaseFacts(session, names.live);
  }).catch((error: unknown) => {
    throw withoutLive(error, work);
  });
}

/** Says with a failure that the database is gone. */
export function withoutLive(error: unknown, { names }: Work): RunError {
  const { reason, retryable } = error instanceof RunError ? error : { reason: 'RestoreFailed' as const, retryable: true };
  const aftermath = `The database ${JSON.stringify(names.live)} was dropped before (mode Replace): it is empty now and refuses connections until a restore into it succeeds`;
  return new RunError(reason, messageOf(error), { cause: error, retryable, aftermath });
}
