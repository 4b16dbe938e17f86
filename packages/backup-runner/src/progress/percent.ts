// How far a dump has come. Nobody knows how many bytes pg_dump will write for a table: text is longer or shorter than what the
// server keeps, which may be compressed besides. So each table counts by what it occupies, a finished one wholly, and of the one
// under way as much as its bytes so far say, by what bytes were worth in the finished ones.

/** What has passed of an archive. */
export interface Passed {
  /** The tables that the archive holds, finished or not, by schema.table. */
  readonly expected: readonly string[];
  readonly finished: readonly string[];
  /** Bytes of the finished tables, as pg_dump writes them. */
  readonly finishedBytes: number;
  readonly current?: { readonly table: string; readonly bytes: number } | undefined;
}

/** What tables occupy in the server, in bytes, by schema.table. */
export type Weights = ReadonlyMap<string, number>;

// A table without a row costs a little too.
const LEAST_WEIGHT = 8192;
// Before that many bytes have passed, what a byte is worth would be a guess from a handful of rows.
const FEW_BYTES = 1024 * 1024;
// The last hundredth is the end of the upload, the roles, the manifest.
const MOST = 99;

/** Percent of the work that is done, 0 to 99. It may fall by a little when a table turns out other than the ones before. */
export function percentOf({ expected, finished, finishedBytes, current }: Passed, weights: Weights): number {
  const weightOf = (table: string): number => Math.max(weights.get(table) ?? 0, LEAST_WEIGHT);
  const sum = (tables: readonly string[]): number => tables.reduce((all, table) => all + weightOf(table), 0);
  const total = sum(expected);
  if (total === 0) return 0;
  const done = sum(finished);
  const perByte = finishedBytes < FEW_BYTES ? 1 : done / finishedBytes;
  const share = current === undefined ? 0 : Math.min(current.bytes * perByte, weightOf(current.table));
  return Math.min(MOST, ((done + share) / total) * 100);
}

/** Seconds until the end if it goes on like this, at least one while it runs; undefined while that would be a guess. */
export function secondsLeft(elapsedSeconds: number, percent: number): number | undefined {
  if (elapsedSeconds < 5 || percent < 1) return undefined;
  return Math.max(1, Math.round((elapsedSeconds * (100 - percent)) / percent));
}
