import type { Client } from 'pg';
import { expect, test } from 'vitest';
import { POD_ENVIRONMENT } from '../environment.ts';
import type { Inspection } from './inspection.ts';
import { followRow } from './row.ts';
import type { Standby } from './standby.ts';

/** A server that has the row, and is so many bytes behind each time it is asked. */
const behind = (...bytes: number[]): Client =>
  ({ query: (sql: string) => Promise.resolve(sql.startsWith('select from') ? { rowCount: 1 } : { rows: [{ lsn: '0/1', bytes: String(bytes.length > 1 ? bytes.shift() : bytes[0]) }] }) }) as unknown as Client;

const inspection = (maxLagSeconds: number): Inspection =>
  ({
    run: { environment: POD_ENVIRONMENT, signal: new AbortController().signal, log: () => undefined, debug: () => undefined },
    request: { maxLagSeconds, maxLagBytes: 100 },
  }) as unknown as Inspection;

const standby = (session: Client): Standby => ({ endpoint: { name: 'orders-1', host: '', port: 1 }, session, seen: { name: 'orders-1', state: 'Streaming', observedAt: '' } });

// An hour where being in time is not for this machine to decide.
test.each([
  { what: 'is near enough', seconds: 3600, bytes: [100], finding: undefined },
  { what: 'comes near enough in time', seconds: 3600, bytes: [5000, 101, 99], finding: undefined },
  { what: 'stays far behind, although the row has arrived', seconds: 0.05, bytes: [101], finding: { reason: 'StandbyLags', message: 'orders-1 lags: 101 bytes of WAL are not replayed, more than 100' } },
])('a standby that $what', async ({ seconds, bytes, finding }) => {
  const [seen] = await followRow(inspection(seconds), behind(0), { standbys: [standby(behind(...bytes))], row: { token: '', writtenAt: performance.now() } });
  expect(seen?.finding).toEqual(finding);
});
