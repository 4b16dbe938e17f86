// Lines of the log that tell how far a restore has come. The controller reads them; the contract is in packages/api.
import { Transform, type Duplex } from 'node:stream';
import { PROGRESS_MESSAGE } from '@postgres-operator/api';
import { readArchive, type ArchiveObserver } from '../archive/archive.ts';
import type { Run } from '../environment.ts';
import { secondsLeft } from '../progress/percent.ts';
import type { Entry } from './archive-plan.ts';
import { countEntries } from './entries-done.ts';
import type { OpenBackup } from './verified-backup.ts';

// Loading the rows of the measured databases took three quarters of the time; keys and indexes, which come after them, nearly all the rest.
// Of these each counts alike: nobody can say how long the next one takes.
const PERCENT = { stage: 10, load: 75, indexes: 75, jobs: 10, examine: 95, swap: 99 } as const;

/** A part of a restore. */
export type Phase = keyof typeof PERCENT;

/** Watches one restore, and tells of it. */
export interface RestoreProgress {
  /** A stage that the decompressed archive passes through. */
  readonly watch: Duplex;
  /** Hears pg_restore. True for a line that only tells of progress. */
  readonly hear: (line: string) => boolean;
  /** Says what will be loaded, by the archive's list and the rows of its manifest. Until then indexes are not counted. */
  expect(entries: readonly Entry[], tables: OpenBackup['tables']): void;
  begin(phase: Phase): void;
  /** Tells nothing any more. */
  stop(): void;
}

/** What is known of a restore when it begins. */
export interface Extent {
  /** What the archive has before compression. */
  readonly plainBytes: number;
  /** With several, the archive is first copied where they all find it: then its passing is a small part of the work. */
  readonly jobs: number;
}

/** Begins to tell how far a restore is, every 2 s. */
export function reportProgress(run: Run, { plainBytes, jobs }: Extent): RestoreProgress {
  const staged = jobs > 1;
  const weight = staged ? PERCENT.stage : PERCENT.load;
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
    if (phase === 'load') return { share: Math.min(bytes / Math.max(plainBytes, 1), 1), from: 0, to: weight };
    if (phase === 'indexes') return { share: done.indexes() ?? 0, from: PERCENT.indexes, to: PERCENT.examine };
    if (phase !== 'jobs') return { share: 0, from: PERCENT[phase], to: PERCENT[phase] };
    const [rows, indexes] = [PERCENT.load - PERCENT.jobs, PERCENT.examine - PERCENT.indexes];
    return { share: (rows * done.rows() + indexes * (done.indexes() ?? 0)) / (rows + indexes), from: PERCENT.jobs, to: PERCENT.examine };
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
  const observer: ArchiveObserver = {
    expects: () => undefined,
    begins: ({ kind, schema, name }) => (table = kind === 'large objects' ? 'pg_catalog.pg_largeobject' : `${schema}.${name}`),
    ends: () => (table = undefined),
  };
  const reader = readArchive(observer);
  let readable = true;
  const watch = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      // Of an archive that this version cannot read the tables are not known; whether it is one is for pg_restore to say.
      if (readable) readable = attempt(() => reader.write(chunk));
      done(null, chunk);
    },
    flush(done) {
      enter(staged ? 'jobs' : 'indexes');
      done();
    },
  });
  const timer = setInterval(tell, run.environment.progressMilliseconds);
  return {
    watch,
    hear: (line) => done.hear(line),
    expect: (entries, tables) => {
      done = countEntries(entries, { tables, jobs });
    },
    begin: (next) => {
      enter(next);
      tell();
    },
    stop: () => clearInterval(timer),
  };
}

function attempt(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}
