// The step that a client notices: a complete database takes the live name, or a name of its own.
import { withConnection } from '../postgres/connect.ts';
import { databaseFacts } from '../postgres/server-facts.ts';
import { step } from '../failpoint.ts';
import { copyProperties } from './copy-properties.ts';
import { refuseTaken, refuseUnlessSwappable } from './look.ts';
import { TEMPORARY, formatPreviousMark, parseIncompleteMark } from './marks.ts';
import type { RestoreNames } from './names.ts';
import { writeSwapRecord, type SwapRecord } from './swap-record.ts';
import { rename, swap, type Roles } from './swap.ts';
import type { Work } from './work.ts';

/** Gives `names.beside` everything the live database has outside its content, and swaps the names. */
export async function replaceLive(work: Work, names: RestoreNames, record: SwapRecord): Promise<SwapRecord> {
  const { run, superuser } = work;
  const roles = await withConnection(run, superuser, async (session) => {
    // Read again: loading may have taken hours.
    const live = await databaseFacts(session, names.live);
    await step('copy', () => copyProperties(session, live, names.beside));
    await step('record', () => writeSwapRecord(session, names.beside, record));
    await refuseUnlessSwappable(session, names.live);
    return rolesOf(work, live.comment);
  });
  run.log('swapping', { database: names.live });
  const outageMilliseconds = await step('swap', () => swap(run, superuser, names, roles));
  run.log('swapped', { database: names.live, outageMilliseconds });
  return { ...record, outageMilliseconds };
}

function rolesOf({ request, names }: Work, liveComment: string | null): Roles {
  const { keepPreviousSeconds = 0, object } = request;
  const incomplete = parseIncompleteMark(liveComment);
  const common = { comment: incomplete === undefined ? liveComment : incomplete.comment, liveOpen: true };
  // What is empty is not worth keeping.
  if (keepPreviousSeconds === 0 || incomplete !== undefined) return { ...common, previousMark: TEMPORARY, previousOpen: incomplete === undefined };
  const keptUntil = new Date(Date.now() + keepPreviousSeconds * 1000).toISOString();
  return { ...common, previousMark: formatPreviousMark({ restore: object.uid, database: names.live, keptUntil }), previousOpen: false };
}

/** Gives the new database the name that the request wants for it. The live one is not touched. */
export async function nameBeside({ run, superuser, names, target }: Work, record: SwapRecord): Promise<SwapRecord> {
  await withConnection(run, superuser, async (session) => {
    await step('record', () => writeSwapRecord(session, names.beside, record));
    await refuseTaken(session, target);
  });
  await step('swap', () => rename(run, superuser, names.beside, target));
  run.log('restored beside', { database: target });
  return record;
}
