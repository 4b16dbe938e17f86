// How many entries of an archive pg_restore has done, from what it says with --verbose. Pure.
import type { Entry } from './archive-plan.ts';

// What takes time in proportion to rows once these are loaded. Everything else is done in no time.
const SLOW = '(?:INDEX|CONSTRAINT|FK CONSTRAINT|MATERIALIZED VIEW DATA)';
const OF_SLOW = new RegExp(`^${SLOW} (?!ATTACH )`);

const VERBOSE = /^pg_restore: (creating|executing|processing|launching item|finished item|skipping item|connecting|entering main|finished main|restored \d+ large|restoring large)/;
const BEGUN = new RegExp(`^pg_restore: (?:creating ${SLOW} "|executing ${SLOW} )`);
const FINISHED = /^pg_restore: finished item (\d+) /;

export interface EntriesDone {
  /** Takes a line in. True when it was about progress only, and no error. */
  hear(line: string): boolean;
  /** Share of the indexes, keys and materialized views that are made, 0 to 1; undefined where there are none. */
  indexes(): number | undefined;
}

/** Counts for one archive. pg_restore says what it begins, and of several jobs what they have finished. */
export function countEntries(entries: readonly Entry[], { jobs }: { readonly jobs: number }): EntriesDone {
  const slow = new Set(entries.filter(({ what }) => OF_SLOW.test(what)).map(({ id }) => id));
  let begun = 0;
  let finished = 0;
  const all = slow.size;
  return {
    hear(line) {
      if (!VERBOSE.test(line)) return false;
      if (BEGUN.test(line)) begun += 1;
      const id = FINISHED.exec(line)?.[1];
      if (id !== undefined && slow.delete(id)) finished += 1;
      return true;
    },
    // Those begun last may still be made, one by each job.
    indexes: () => (all === 0 ? undefined : Math.min(Math.max(finished, begun - jobs, 0), all) / all),
  };
}
