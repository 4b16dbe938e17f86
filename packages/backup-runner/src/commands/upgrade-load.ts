// The new server becomes what the old one was. Until it is that in full, nothing on it has the database's name but an empty database.
import type { UpgradeLoadRequest, UpgradeLoadSucceeded } from '@postgres-operator/api';
import type { Run } from '../environment.ts';
import { step } from '../failpoint.ts';
import { withConnection } from '../postgres/connect.ts';
import { databaseSize } from '../postgres/server-facts.ts';
import { dropLeftovers } from '../restore/leftovers.ts';
import { shorten } from '../shorten.ts';
import { fillServer, workOf, type Filled, type Filling } from '../upgrade/fill.ts';
import { lookAround } from '../upgrade/new-server.ts';
import { meetServer, withInside } from '../upgrade/server.ts';
import { restartNeeded } from '../upgrade/system-settings.ts';

/** Loads hand-over and backup into a new server. Repeated after its success, it only finishes. */
export async function upgradeLoad(request: UpgradeLoadRequest, run: Run): Promise<UpgradeLoadSucceeded> {
  const startedAt = new Date().toISOString();
  const server = await meetServer(run, request.server);
  const filling = { request, run, server, startedAt };
  const { handover, done } = await step('look', () => withConnection(run, server.superuser, (session) => lookAround(session, server, request)));
  return finish(filling, done === undefined ? await fillServer(filling, handover) : { record: done, notes: ['what was not carried is in the log of an earlier attempt'] });
}

/** What a result has room for. */
const [MOST, LONGEST] = [10, 240];

async function finish(filling: Filling, { record, notes }: Filled): Promise<UpgradeLoadSucceeded> {
  const { run, server } = filling;
  await step('drop', () => withConnection(run, server.superuser, (session) => dropLeftovers(session, workOf(filling).names, run.log)));
  const { bytes, needed } = await withInside(run, server, async (session) => ({ bytes: await databaseSize(session), needed: await restartNeeded(session) }));
  for (const note of notes) run.log('not as before', { level: 'warn', note });
  run.log('upgraded', { serverVersion: server.serverVersion, tables: record.tables, rows: record.rows, bytes, restartNeeded: needed });
  return {
    ...{ v: 1, outcome: 'succeeded', command: 'upgradeLoad', serverVersion: server.serverVersion, tables: record.tables ?? 0, rows: record.rows ?? 0, bytes },
    notes: notes.slice(0, MOST).map((note) => shorten(note, LONGEST)),
    ...(needed && { restartNeeded: true }),
    ...{ startedAt: record.startedAt, finishedAt: new Date().toISOString() },
  };
}
