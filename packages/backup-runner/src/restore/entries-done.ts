// How many entries of an archive pg_restore has done, from what it says with --verbose. Pure.
import type { Entry } from './archive-plan.ts';

// What takes time in proportion to rows once these are loaded. Everything else is done in no time.
const SLOW = '(?:INDEX|CONSTRAINT|FK CONSTRAINT|MATERIALIZED VIEW DATA)';
const OF_SLOW = new RegExp(`^${SLOW} (?!ATTACH )`);
const OF_ROWS = /^TABLE DATA (.*)$/;

const VERBOSE = /^pg_restore: (creating|executing|processing|launching item|finished item|skipping item|connecting|entering main|finished main|restored \d+ large|restoring large)/;
const BEGUN = new RegExp(`^pg_restore: (?:creating ${SLOW} "|executing ${SLOW} )`);
const FINISHED = /^pg_restore: finished item (\d+) /;

/** Rows of a table, as the manifest has them. */
interface Counted {
  readonly schema: string;
  readonly table: string;
  readonly rows: number;
}

export interface EntriesDone {
  /** Takes a line in. True when it was about progress only, and no error. */
  hear(line: string): boolean;
  /** Share of the rows that are loaded, 0 to 1, by tables that several jobs have finished. */
  rows(): number;
  /** Share of the indexes, keys and materialized views that are made, 0 to 1; undefined where there are none. */
  indexes(): number | undefined;
}

/** Counts for one archive. With one job pg_restore says what it begins, with several also what it has finished. */
export function countEntries(entries: readonly Entry[], { tables = [], jobs }: { readonly tables?: readonly Counted[] | undefined; readonly jobs: number }): EntriesDone {
  const slow = new Set(entries.filter(({ what }) => OF_SLOW.test(what)).map(({ id }) => id));
  const weights = weightsOf(entries, tables);
  const allRows = sum(weights.values());
  let begun = 0;
  let rows = 0;
  let finished = 0;
  const finish = (id: string): void => {
    if (slow.delete(id)) finished += 1;
    rows += weights.get(id) ?? 0;
    weights.delete(id);
  };
  const all = slow.size;
  return {
    hear(line) {
      if (!VERBOSE.test(line)) return false;
      if (BEGUN.test(line)) begun += 1;
      const id = FINISHED.exec(line)?.[1];
      if (id !== undefined) finish(id);
      return true;
    },
    rows: () => (allRows === 0 ? 1 : rows / allRows),
    // Of one job the entry that was begun last is still being made.
    indexes: () => (all === 0 ? undefined : Math.min(jobs > 1 ? finished : Math.max(begun - 1, 0), all) / all),
  };
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, one) => total + one, 0);

/** By the number of the entry: its rows, and one for the table itself. */
function weightsOf(entries: readonly Entry[], tables: readonly Counted[]): Map<string, number> {
  const rows = new Map(tables.map((counted) => [`${counted.schema} ${counted.table}`, counted.rows]));
  return new Map(entries.flatMap(({ id, what }) => {
    const name = OF_ROWS.exec(what)?.[1];
    return name === undefined ? [] : [[id, 1 + (rows.get(tableIn(name, rows)) ?? 0)] as const];
  }));
}

/** Schema and table of `schema table owner`, each of which may hold blanks. */
function tableIn(name: string, known: ReadonlyMap<string, number>): string {
  const words = name.split(' ');
  while (words.length > 1 && !known.has(words.join(' '))) words.pop();
  return words.join(' ');
}
