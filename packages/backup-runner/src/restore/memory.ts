// How much memory the server may use to build an index. Its default, 64 MB, makes sorts of a few million rows go through files. What more of it
// brings is not settled: docs/performance.md.
import type { Client } from 'pg';

const GIB = 1024 ** 3;
// What PostgreSQL's tuning guides give to maintenance: a sixteenth. All connections together get at most two of them.
const SHARE = 16;
const SHARES = 2;

/** What a server says of its memory, in bytes. */
export interface ServerMemory {
  /** Limit of its container; undefined without one. */
  readonly limit: number | undefined;
  /** What its machine could still give; undefined if it does not say. */
  readonly available: number | undefined;
  /** What it gives without being asked, its maintenance_work_mem. */
  readonly own: number;
}

/** Kilobytes of maintenance_work_mem for each of so many connections; undefined when what the server gives by itself is all that is safe. */
export function maintenanceKilobytes({ limit = Infinity, available = Infinity, own }: ServerMemory, connections: number): number | undefined {
  const memory = Math.min(limit, available);
  if (memory === Infinity) return undefined;
  const each = Math.min((memory / SHARE) * Math.min(1, SHARES / connections), GIB);
  return each > own ? Math.floor(each / 1024) : undefined;
}

// The files of the container that the server is in, of both versions of control groups. Those of its machine say more than it may have.
const QUESTION = `
  select pg_read_file('/sys/fs/cgroup/memory.max', 0, 100, true) as v2,
         pg_read_file('/sys/fs/cgroup/memory/memory.limit_in_bytes', 0, 100, true) as v1,
         pg_read_file('/proc/meminfo', 0, 4000, true) as machine,
         (select setting::float8 * 1024 from pg_settings where name = 'maintenance_work_mem') as own`;

/** Asks the server. The session is the superuser's: nobody else may read files. */
export async function serverMemory(superuser: Client): Promise<ServerMemory> {
  const { rows } = await superuser.query<{ v2: string | null; v1: string | null; machine: string | null; own: number }>(QUESTION);
  const [{ v2 = null, v1 = null, machine = null, own = Infinity } = {}] = rows;
  const kilobytes = numberIn(/^MemAvailable:\s+(\d+) kB$/m, machine);
  return { limit: numberIn(/^(\d+)$/m, v2 ?? v1), available: kilobytes === undefined ? undefined : kilobytes * 1024, own };
}

function numberIn(pattern: RegExp, text: string | null): number | undefined {
  const found = pattern.exec(text ?? '')?.[1];
  return found === undefined ? undefined : Number(found);
}
