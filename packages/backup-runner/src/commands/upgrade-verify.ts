// Between the backup and the end of the old server: whether the backup has everything.
import type { UpgradeVerifyRequest, UpgradeVerifySucceeded } from '@postgres-operator/api';
import type { Run } from '../environment.ts';
import { RunError } from '../errors.ts';
import { readCounters, writtenBetween } from '../upgrade/counters.ts';
import { readHandover, sealHandover } from '../upgrade/handover.ts';
import { findHeld } from '../upgrade/obstacles.ts';
import { meetServer, withInside } from '../upgrade/server.ts';
import { endSessions, quietServer } from '../upgrade/sessions.ts';

/** Compares what the server has counted with the hand-over file, and seals that if nothing was written. */
export async function upgradeVerify(request: UpgradeVerifyRequest, run: Run): Promise<UpgradeVerifySucceeded> {
  const startedAt = new Date().toISOString();
  const server = await meetServer(run, request.server);
  const written = await withInside(run, server, async (session) => {
    const { counters, systemIdentifier } = await readHandover(session, request.handover);
    if (systemIdentifier !== server.systemIdentifier) throw new RunError('HandoverMissing', `the hand-over file ${request.handover} is of another server`);
    // A session tells what it did at its end.
    const ended = await endSessions(run, session);
    await quietServer(run, session);
    const now = await readCounters(run, session, server.major);
    // What is only prepared has no end yet, and is in no backup.
    const [held] = await findHeld(session);
    const found = held?.message ?? writtenBetween(counters, now);
    if (found === undefined) await sealHandover(session, request.handover, { nextXid: now.nextXid });
    run.log('compared with the hand-over', { sessionsEnded: ended, nextXid: now.nextXid, ...(found !== undefined && { level: 'warn', found }) });
    return found;
  });
  const findings = written === undefined ? [] : [{ reason: 'WrittenSince', message: `after its sessions were ended, ${written}` }];
  return { v: 1, outcome: 'succeeded', command: 'upgradeVerify', findings, startedAt, finishedAt: new Date().toISOString() };
}
