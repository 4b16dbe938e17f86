// What restores left on the server, and what of it may go.
import type { Client } from 'pg';
import type { Log } from '../log.ts';
import { dropDatabase } from './beside.ts';
import { TEMPORARY, parseIncompleteMark, parsePreviousMark } from './marks.ts';
import { LEFTOVER_PATTERN, type RestoreNames } from './names.ts';

/** A database with a name that restores give. */
export interface Candidate {
  readonly name: string;
  readonly oid: string;
  readonly comment: string | null;
  readonly allowsConnections: boolean;
}

/** What it takes to decide. */
export interface Situation {
  readonly names: RestoreNames;
  /** Whether a database that is complete has the live name: otherwise a previous one may be the only copy. */
  readonly liveIsThere: boolean;
  readonly now: number;
}

/**
 * Whether a database is a leftover. Only what carries the operator's mark, never the live database, never a previous one while
 * nothing has the live name, and never one whose time is not over.
 */
export function isLeftover(candidate: Candidate, { names, liveIsThere, now }: Situation): boolean {
  const { name, comment } = candidate;
  if (name === names.live) return false;
  if (!name.startsWith('previous_')) return comment === TEMPORARY || (name === names.beside && isHusk(candidate));
  if (!liveIsThere) return false;
  const kept = parsePreviousMark(comment);
  return kept === undefined ? comment === TEMPORARY : Date.parse(kept.keptUntil) <= now;
}

/** CREATE DATABASE and COMMENT cannot share a transaction. A run killed between them leaves a database that nobody can connect to. */
export const isHusk = ({ comment, allowsConnections }: Candidate): boolean => comment === null && !allowsConnections;

/** Drops what killed restores left, and what has been kept long enough. */
export async function dropLeftovers(client: Client, names: RestoreNames, log: Log): Promise<void> {
  const situation = { names, liveIsThere: await liveIsThere(client, names.live), now: Date.now() };
  for (const candidate of await candidates(client, LEFTOVER_PATTERN, '~')) {
    if (!isLeftover(candidate, situation)) continue;
    log('dropping a leftover', { database: candidate.name });
    await dropDatabase(client, candidate.name);
  }
}

/** Whether a complete database has the name. */
export async function liveIsThere(client: Client, name: string): Promise<boolean> {
  const [live] = await candidates(client, name);
  return live !== undefined && parseIncompleteMark(live.comment) === undefined;
}

/** The databases of a name, or of a pattern. */
export async function candidates(client: Client, name: string, how: '=' | '~' = '='): Promise<Candidate[]> {
  const { rows } = await client.query<Candidate>(
    `select datname as name, oid::text as oid, shobj_description(oid, 'pg_database') as comment, datallowconn as "allowsConnections"
       from pg_database where datname::text ${how} $1 order by 1`,
    [name],
  );
  return rows;
}
