// How large the parts of an upload are. Nobody knows how long a dump becomes, there may be 10,000 parts of at most 5 GiB, and
// each must be held in memory to be sent again. So parts begin small, and grow with what was written.

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

export const MAX_PARTS = 10_000;
/** Where growth begins, and what a small backup costs in memory. */
export const SMALLEST_PART = 8 * MIB;
const LARGEST_PART = 5 * GIB;
// Memory for parts on their way: 2 of at most 10 MiB, later always one. At 150 ms a part that is 70 MB a second or more, and compression
// delivers 45; one more part would only cost memory.
const BYTES_IN_FLIGHT = 20 * MIB;
const MOST_IN_FLIGHT = 2;
// A dump is mostly smaller than its database, after compression to a third or less. Half of the parts are kept for surprises.
const EXPECTED_PARTS = 5000;
// Growth by a nine-hundredth a part multiplies by twenty thousand over the parts that are left when it begins.
const GROWTH = 900;

/** Bytes of the next part, after `written` bytes of a backup that was expected to have `expected`. */
export function partSize(written: number, expected: number, smallest = SMALLEST_PART): number {
  const wanted = Math.max(smallest, written / GROWTH, expected / EXPECTED_PARTS);
  return Math.min(LARGEST_PART, Math.ceil(wanted / MIB) * MIB);
}

/** How many parts of a size may be on their way at once. */
export const partsInFlight = (size: number): number => Math.min(MOST_IN_FLIGHT, Math.max(1, Math.floor(BYTES_IN_FLIGHT / size)));
