// After the swap there is no way back, and no failure: what is left to do is tidying, and the next restore tidies too.
import type { RestoreSucceeded } from '@postgres-operator/api';
import type { Client } from 'pg';
import { messageOf } from '../errors.ts';
import { step } from '../failpoint.ts';
import { graceAfter } from '../grace.ts';
import { withConnection } from '../postgres/connect.ts';
import { dropDatabase } from './beside.ts';
import { candidates, isLeftover } from './leftovers.ts';
import { parsePreviousMark } from './marks.ts';
import { followStandbys } from './standbys.ts';
import { writeSwapRecord, type SwapRecord } from './swap-record.ts';
import type { Work } from './work.ts';

/** Writes down what is known, drops the previous database unless it is kept, waits for standbys, and says how it went. */
export async function finish(work: Work, { uid: _uid, ...record }: SwapRecord): Promise<RestoreSucceeded> {
  const previous = await attempt(work, 'tidy up after the swap', () => tidy(work, { uid: work.request.object.uid, ...record }));
  const behind = await attempt(work, 'wait for the standbys', () => follow(work));
  work.run.log('restored', { database: work.target, ...(previous !== undefined && { previous: previous.name, keptUntil: previous.keptUntil }) });
  return {
    v: 1,
    outcome: 'succeeded',
    command: 'restore',
    // The outage is unknown when the run that swapped was killed before it could tell.
    ...record,
    database: work.target,
    ...(previous !== undefined && { previous }),
    ...(behind !== undefined && behind > 0 && { standbysBehind: behind }),
    finishedAt: new Date().toISOString(),
  };
}

type Previous = NonNullable<RestoreSucceeded['previous']>;

async function tidy({ run, superuser, names, target }: Work, record: SwapRecord): Promise<Previous | undefined> {
  const patient = { ...run, signal: graceAfter(run.signal) };
  return step('finish', () =>
    withConnection(patient, superuser, async (session) => {
      await writeSwapRecord(session, target, record);
      return dropUnlessKept(session, names);
    }),
  );
}

async function dropUnlessKept(session: Client, names: Work['names']): Promise<Previous | undefined> {
  const [previous] = await candidates(session, names.previous);
  if (previous === undefined) return undefined;
  if (isLeftover(previous, { names, liveIsThere: true, now: Date.now() })) {
    await step('drop', () => dropDatabase(session, previous.name));
    return undefined;
  }
  const mark = parsePreviousMark(previous.comment);
  return mark && { name: previous.name, oid: previous.oid, keptUntil: mark.keptUntil };
}

async function follow({ run, superuser, names, request }: Work): Promise<number> {
  const patient = { ...run, signal: graceAfter(run.signal) };
  return followStandbys({ run: patient, superuser, standbys: request.standbys, previous: names.previous });
}

async function attempt<T>({ run, target }: Work, what: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    run.log(`cannot ${what}`, { level: 'warn', database: target, error: messageOf(error) });
    return undefined;
  }
}
