// Finds out whether the servers of a database agree and are well: the primary takes a row, it arrives at every standby, and nobody
// has seen damage.
import { CHECK_REASONS, type CheckRequest, type CheckSucceeded } from '@postgres-operator/api';
import type { Client } from 'pg';
import { connectInTime, type Finding, type Inspection } from '../check/inspection.ts';
import { damagedDatabases, damagedFinding, healthFacts, healthFindings } from '../check/health.ts';
import { tidyLeftovers } from '../check/leftovers.ts';
import { primaryFacts, writeRow, type PrimaryFacts } from '../check/primary.ts';
import { followRow } from '../check/row.ts';
import { lost, meet, type Standby } from '../check/standby.ts';
import { readCredentials } from '../credentials.ts';
import type { Run } from '../environment.ts';
import { RunError, messageOf } from '../errors.ts';
import { serverError } from '../postgres/server-error.ts';
import { shorten } from '../shorten.ts';

/** What a check comes to. */
type Found = Pick<CheckSucceeded, 'standbys' | 'leftovers' | 'serverVersion' | 'systemIdentifier'> & { readonly findings: readonly Finding[] };

/** Makes one check. What is not as it should be is in the result: the check has succeeded all the same. */
export async function check(request: CheckRequest, run: Run): Promise<CheckSucceeded> {
  const startedAt = new Date().toISOString();
  const superuser = await readCredentials(run.environment.credentialsFolder, 'superuser');
  const inspection: Inspection = { run, request, superuser, deadline: performance.now() + request.patienceSeconds * 1000 };
  const sessions: Client[] = [];
  const stop = (): void => sessions.forEach((session) => void session.end().catch(() => undefined));
  run.signal.addEventListener('abort', stop, { once: true });
  try {
    const { findings, ...found } = await inspect(inspection, sessions);
    const told = inOrder(findings);
    for (const { reason, message } of told) run.log('not consistent', { level: 'warn', reason, message });
    return { v: 1, outcome: 'succeeded', command: 'check', findings: told, ...found, startedAt, finishedAt: new Date().toISOString() };
  } catch (error) {
    throw serverError(error, request.server) ?? error;
  } finally {
    run.signal.removeEventListener('abort', stop);
    stop();
  }
}

async function inspect(inspection: Inspection, sessions: Client[]): Promise<Found> {
  const { request } = inspection;
  const primary = await connectInTime(inspection, { host: request.server.host, port: request.server.port });
  if (primary instanceof RunError) return { findings: [{ reason: 'PrimaryUnreachable', message: `the primary does not answer: ${primary.message}` }], standbys: [] };
  sessions.push(primary);
  const facts = await primaryFacts(primary);
  const standbys = await Promise.all(request.standbys.map((endpoint) => meet(inspection, endpoint, facts.systemIdentifier)));
  for (const { session } of standbys) if (session !== undefined) sessions.push(session);
  const { followed, unwritable } = await follow(inspection, { primary, facts, standbys });
  const findings = [unwritable, ...followed.map(({ finding }) => finding), ...(await damageOf(followed)), ...(await healthOf(inspection, { primary, facts, sessions }))];
  const leftovers = await leftoversOn(inspection, primary, facts);
  return {
    findings: findings.filter((finding) => finding !== undefined),
    standbys: followed.map(({ seen }) => seen),
    ...(leftovers && { leftovers }),
    serverVersion: facts.serverVersion,
    systemIdentifier: facts.systemIdentifier,
  };
}

interface Servers {
  readonly primary: Client;
  readonly facts: PrimaryFacts;
  readonly standbys: readonly Standby[];
}

/** Writes a row and follows it to every standby. */
async function follow(inspection: Inspection, { primary, facts, standbys }: Servers): Promise<{ followed: readonly Standby[]; unwritable?: Finding }> {
  if (facts.inRecovery) return { followed: standbys, unwritable: { reason: 'PrimaryNotWritable', message: 'the primary is in recovery: it is a standby itself' } };
  const row = await writeRow(primary);
  if ('reason' in row) return { followed: standbys, unwritable: row };
  return { followed: await followRow(inspection, primary, { standbys, row }) };
}

/** Damage that standbys have seen, of those that answer. */
async function damageOf(standbys: readonly Standby[]): Promise<(Finding | undefined)[]> {
  const answering = standbys.filter(({ seen }) => seen.state !== 'Unreachable');
  return Promise.all(
    answering.map(async (standby) => {
      const { session, endpoint } = standby;
      return session && damagedDatabases(session).then((damaged) => damagedFinding(endpoint.name, damaged), (error: unknown) => lost(standby, error).finding);
    }),
  );
}

/** What restores left. Whether the servers are well does not depend on it. */
async function leftoversOn({ run, request }: Inspection, primary: Client, { inRecovery }: PrimaryFacts): Promise<CheckSucceeded['leftovers']> {
  const wanted = request.leftovers;
  if (wanted === undefined || inRecovery) return undefined;
  return tidyLeftovers(primary, wanted, run.log).catch((error: unknown) => {
    run.log('cannot look for what restores left', { level: 'warn', error: messageOf(error) });
    return undefined;
  });
}

async function healthOf(inspection: Inspection, { primary, facts, sessions }: { primary: Client; facts: PrimaryFacts; sessions: Client[] }): Promise<Finding[]> {
  const { server, volumeBytes } = inspection.request;
  // A database that was dropped or is closed for a restore has no collations to ask for.
  const inside = await connectInTime({ ...inspection, deadline: 0 }, server);
  if (!(inside instanceof RunError)) sessions.push(inside);
  const health = await healthFacts(primary, inside instanceof RunError ? undefined : inside, { major: facts.major, withSize: volumeBytes !== undefined });
  return healthFindings(health, volumeBytes);
}

/** How many findings are told, and how long: with nine standbys the result still has to fit. */
const [MOST, LONGEST] = [5, 240];

/** The gravest first. */
function inOrder(findings: readonly Finding[]): Finding[] {
  const rank = ({ reason }: Finding): number => CHECK_REASONS.indexOf(reason);
  const sorted = [...findings].sort((one, other) => rank(one) - rank(other));
  return sorted.slice(0, MOST).map(({ reason, message }) => ({ reason, message: shorten(message, LONGEST) }));
}
