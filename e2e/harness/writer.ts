// A client that writes through the Service of a Database, row by row, and remembers which rows were acknowledged.
import { waitFor } from '../cluster/api.ts';
import type { Kubectl } from './kubectl.ts';
import { RESTRICTED_CONTAINER, RESTRICTED_POD, waitUntilReady } from './pods.ts';

export interface Writer {
  /** How many rows were acknowledged until now, or before a time in milliseconds since 1970. */
  acknowledged(before?: number): Promise<number>;
  /** How many attempts got an error before the last row that was acknowledged. */
  errors(): Promise<number>;
  /** Waits until so many were. */
  reaches(count: number): Promise<void>;
  /** Seconds between two acknowledged rows in a row, at most. */
  longestGap(): Promise<number>;
  /** Ends it; returns the rows that were acknowledged and are not there. */
  missing(): Promise<number[]>;
}

/** One session a row: each finds its way anew. It prints the number of a row, and the time in milliseconds, when, and only when, the server has acknowledged it. */
const LOOP = 'n=0; while :; do n=$((n + 1)); psql -XqAt -c "insert into written values ($n)" >/dev/null 2>&1 && echo "$n $(date +%s%3N)"; sleep 0.05; done';

/** Starts a client that writes into table `written` of a Database's database `shop`. */
export async function startWriter(kubectl: Kubectl, database: string, image: string): Promise<Writer> {
  const pod = `${database}-writer`;
  await kubectl.sql(database, 'shop', 'set role app; create table written (n int)');
  const fromSecret = (name: string, key: string): object => ({ name, valueFrom: { secretKeyRef: { name: `${database}-credentials`, key } } });
  const env = [{ name: 'PGHOST', value: database }, { name: 'PGDATABASE', value: 'shop' }, { name: 'PGCONNECT_TIMEOUT', value: '2' }, fromSecret('PGUSER', 'username'), fromSecret('PGPASSWORD', 'password')];
  const container = { name: 'writer', image, command: ['bash', '-c', LOOP], env, securityContext: RESTRICTED_CONTAINER };
  await kubectl.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: pod }, spec: { terminationGracePeriodSeconds: 0, securityContext: RESTRICTED_POD, containers: [container] } });
  await waitUntilReady(kubectl, pod);
  const column = async (index: 0 | 1): Promise<number[]> => (await kubectl('logs', pod)).split('\n').filter(Boolean).map((line) => Number(line.split(' ')[index]));
  const rows = (): Promise<number[]> => column(0);
  return {
    acknowledged: async (before = Number.POSITIVE_INFINITY) => (await column(1)).filter((time) => time < before).length,
    async errors() {
      const acknowledged = await rows();
      return Math.max(0, ...acknowledged) - acknowledged.length;
    },
    async reaches(count) {
      await waitFor(`${count} acknowledged rows`, 180, async () => {
        const { length } = await rows();
        if (length < count) throw new Error(`there are ${length}`);
      });
    },
    async longestGap() {
      const times = await column(1);
      return Math.max(0, ...times.slice(1).map((time, index) => time - (times[index] ?? time))) / 1000;
    },
    async missing() {
      // Looked at in this order: what is acknowledged in between may be there, and nobody asks for it.
      const acknowledged = await rows();
      await kubectl('delete', 'pod', pod, '--wait=true');
      const there = new Set((await kubectl.sql(database, 'shop', 'select n from written')).split('\n').map(Number));
      await kubectl.sql(database, 'shop', 'drop table written');
      return acknowledged.filter((row) => !there.has(row));
    },
  };
}
