// The last that happens on an old server before its backup: everybody leaves, and what no backup holds is written beside its data.
import type { UpgradePrepareRequest, UpgradePrepareSucceeded } from '@postgres-operator/api';
import type { Client } from 'pg';
import type { Run } from '../environment.ts';
import { RunError } from '../errors.ts';
import { withConnection } from '../postgres/connect.ts';
import { databaseFacts } from '../postgres/server-facts.ts';
import { readProperties } from '../restore/copy-properties.ts';
import { readCounters } from '../upgrade/counters.ts';
import { readGlobals } from '../upgrade/globals.ts';
import { readSystemSettings, writeHandover, writeMappings, type Handover } from '../upgrade/handover.ts';
import { findHeld } from '../upgrade/obstacles.ts';
import { meetServer, withInside, type UpgradeServer } from '../upgrade/server.ts';
import { endSessions } from '../upgrade/sessions.ts';

/** Ends all sessions and writes the hand-over file. What is counted from then on is a write that the backup may miss. */
export async function upgradePrepare(request: UpgradePrepareRequest, run: Run): Promise<UpgradePrepareSucceeded> {
  const startedAt = new Date().toISOString();
  const server = await meetServer(run, request.server);
  const { sessionsEnded, counters } = await withInside(run, server, async (session) => {
    const ended = await endSessions(run, session);
    const [held] = await findHeld(session);
    if (held !== undefined) throw new RunError('UpgradeFailed', held.message);
    await writeMappings(session, request.handover);
    return { sessionsEnded: ended, counters: await readCounters(run, session, server.major) };
  });
  const { roles, settings } = await withConnection(run, server.superuser, async (session) => {
    const handover = { ...(await describe(session, server, request)), counters };
    await writeHandover(session, request.handover, handover);
    return { roles: handover.globals.roles.length, settings: (await readSystemSettings(session, request.handover)).length };
  });
  run.log('handed over', { sessionsEnded, roles, settings, nextXid: counters.nextXid });
  return { v: 1, outcome: 'succeeded', command: 'upgradePrepare', sessionsEnded, roles, settings, startedAt, finishedAt: new Date().toISOString() };
}

const NOW = `select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as now, current_setting('data_directory') as folder`;

async function describe(session: Client, { systemIdentifier, serverVersion, major }: UpgradeServer, { object, server }: UpgradePrepareRequest): Promise<Omit<Handover, 'counters'>> {
  const [{ now = '', folder = '' } = {}] = (await session.query<{ now: string; folder: string }>(NOW)).rows;
  return {
    ...{ format: 1, uid: object.uid, systemIdentifier, serverVersion, major, dataDirectory: folder, writtenAt: now },
    database: await databaseFacts(session, server.database),
    properties: await readProperties(session, server.database),
    globals: await readGlobals(session, major),
  };
}
