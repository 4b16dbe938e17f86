// One standby: that it is one, of this primary, and that it streams.
import type { CheckRequest, CheckSucceeded } from '@postgres-operator/api';
import type { Client } from 'pg';
import { RunError, messageOf } from '../errors.ts';
import { connectInTime, pause, type Finding, type Inspection } from './inspection.ts';

type Endpoint = CheckRequest['standbys'][number];

/** What a standby was found to be like, as the result says it. */
export type Seen = CheckSucceeded['standbys'][number];

/** A standby that was asked once. */
export interface Standby {
  readonly endpoint: Endpoint;
  /** Absent when it did not answer. */
  readonly session?: Client;
  readonly seen: Seen;
  readonly finding?: Finding;
}

interface Row {
  readonly system: string;
  readonly inRecovery: boolean;
  readonly receiver: string | null;
  readonly paused: boolean;
}

const LOOK = `
  select system_identifier::text as system, pg_is_in_recovery() as "inRecovery", (select status from pg_stat_wal_receiver) as receiver,
         case when pg_is_in_recovery() then pg_is_wal_replay_paused() else false end as paused from pg_control_system()`;

const now = (): string => new Date().toISOString();

/** Meets a standby: connects and looks at it until it streams, or its time is over. The session is the caller's to end. */
export async function meet(inspection: Inspection, endpoint: Endpoint, systemIdentifier: string): Promise<Standby> {
  const session = await connectInTime(inspection, endpoint);
  if (session instanceof RunError) return lost({ endpoint }, session);
  try {
    for (;;) {
      const [row] = (await session.query<Row>(LOOK)).rows;
      const { seen, finding } = judge(endpoint.name, row, systemIdentifier);
      // Nothing but streaming comes by waiting.
      if (finding?.reason !== 'StandbyNotStreaming' || performance.now() >= inspection.deadline) return { endpoint, session, seen, ...(finding && { finding }) };
      await pause(inspection.run);
    }
  } catch (error) {
    inspection.run.signal.throwIfAborted();
    return lost({ endpoint, session }, error);
  }
}

/** A standby that does not answer, or no more. */
export const lost = ({ endpoint, session }: Pick<Standby, 'endpoint' | 'session'>, error: unknown): Standby => ({
  endpoint,
  ...(session && { session }),
  seen: { name: endpoint.name, state: 'Unreachable', observedAt: now() },
  finding: { reason: 'StandbyUnreachable', message: `${endpoint.name} does not answer: ${messageOf(error)}` },
});

/** Decides what a standby is, from what it says of itself. */
export function judge(name: string, row: Row | undefined, systemIdentifier: string): { seen: Seen; finding?: Finding } {
  const systemIdentifierMatches = row?.system === systemIdentifier;
  const seen = (state: Seen['state']): Seen => ({ name, state, systemIdentifierMatches, observedAt: now() });
  const state = row?.receiver === 'streaming' ? 'Streaming' : 'NotStreaming';
  if (row?.inRecovery !== true) {
    return { seen: seen('NotInRecovery'), finding: { reason: 'StandbyNotInRecovery', message: `${name} is no standby: it is a server of its own that takes writes` } };
  }
  if (!systemIdentifierMatches) {
    return { seen: seen(state), finding: { reason: 'SystemIdentifierDiffers', message: `${name} is a standby of another server: its system identifier is ${row.system}, and the primary's is ${systemIdentifier}` } };
  }
  if (state === 'Streaming') return { seen: seen(state) };
  return { seen: seen(state), finding: { reason: 'StandbyNotStreaming', message: `${name} does not stream from the primary: its WAL receiver is ${row.receiver ?? 'not there'}` } };
}
