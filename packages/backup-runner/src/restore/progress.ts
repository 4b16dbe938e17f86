// Lines of the log that tell how far a restore has come. The controller reads them; the contract is in packages/api.
import { PROGRESS_MESSAGE } from '@postgres-operator/api';
import type { Run } from '../environment.ts';
import type { LoadWatch } from '../load/load-archive.ts';
import { secondsLeft } from '../progress/percent.ts';
import type { Entry } from './archive-plan.ts';
import { countEntries } from './entries-done.ts';

// Loading the rows of the measured databases took three quarters of the time; keys and indexes, which come after them, nearly all the rest.
// Of these each counts alike: nobody can say how long the next one takes.
const PERCENT = { load: 75, indexes: 75, examine: 95, swap: 99 } as const;

/** A part of a restore. */
export type Phase = keyof typeof PERCENT;

/** Watches one restore, and tells of it. */
export interface RestoreProgress {
  readonly watch: LoadWatch;
  /** Says what will be loaded, by the archive's list. Until then indexes are not counted. */
  expect(entries: readonly Entry[]): void;
  begin(phase: Phase): void;
  /** Tells nothing any more. */
  stop(): void;
}

/** What is known of a restore when it begins. */
export interface Extent {
  /** What the archive has before compression. */
  readonly plainBytes: number;
  /** How many sessions load. */
  readonly jobs: number;
}

/** Begins to tell how far a restore is, every 2 s. */
export function reportProgress(run: Run, { plainBytes, jobs }: Extent): RestoreProgress {
  const startedAt = performance.now();
  let bytes = 0;
  let table: string | undefined;
  let phase: Phase = 'load';
  let phaseAt = startedAt;
  let told = '';
  let done = countEntries([], { jobs });
  const enter = (next: Phase): void => {
    phase = next;
    phaseAt = performance.now();
  };
  /** Share of the phase that is over, 0 to 1, and the percent from where to where it leads. */
  const within = (): { share: number; from: number; to: number } => {
    if (phase === 'load') return { share: Math.min(bytes / Math.max(plainBytes, 1), 1), from: 0, to: PERCENT.load };
    if (phase === 'indexes') return { share: done.indexes() ?? 0, from: PERCENT.indexes, to: PERCENT.examine };
    return { share: 0, from: PERCENT[phase], to: PERCENT[phase] };
  };
  const tell = (): void => {
    const { share, from, to } = within();
    const percent = Math.floor(from + share * (to - from));
    // What stands still is told once.
    const news = `${percent} ${bytes}`;
    if (news === told) return;
    told = news;
    // Rows foretell the whole; what comes after them goes at its own pace.
    const left = phase === 'load' ? secondsLeft((performance.now() - startedAt) / 1000, percent) : secondsLeft((performance.now() - phaseAt) / 1000, share * 100);
    run.log(PROGRESS_MESSAGE, { percent, bytes, ...(phase === 'load' && { table }), ...(left !== undefined && { secondsLeft: left }) });
  };
  const watch: LoadWatch = {
    passed: (more) => (bytes += more),
    begins: ({ kind, schema, name }) => (table = kind === 'large objects' ? 'pg_catalog.pg_largeobject' : `${schema}.${name}`),
    ends: () => (table = undefined),
    rowsLoaded: () => enter('indexes'),
    hear: (line) => done.hear(line),
  };
  const timer = setInterval(tell, run.environment.progressMilliseconds);
  return {
    watch,
    expect: (entries) => {
      done = countEntries(entries, { jobs });
    },
    begin: (next) => {
      enter(next);
      tell();
    },
    stop: () => clearInterval(timer),
  };
}
