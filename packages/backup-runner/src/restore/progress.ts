// Lines of the log that tell how far a restore has come. The controller reads them; the contract is in packages/api.
import { Transform, type Duplex } from 'node:stream';
import { PROGRESS_MESSAGE } from '@postgres-operator/api';
import { readArchive, type ArchiveObserver } from '../archive/archive.ts';
import type { Run } from '../environment.ts';
import { secondsLeft } from '../progress/percent.ts';

// Loading the rows of the measured databases took three quarters of the time; keys and indexes, which come after them, nearly all the rest.
// Nobody can say how far those are, so the percentage stands still meanwhile.
const PERCENT = { stage: 10, load: 75, indexes: 75, examine: 95, swap: 99 } as const;

/** A part of a restore. */
export type Phase = keyof typeof PERCENT;

/** Watches one restore, and tells of it. */
export interface RestoreProgress {
  /** A stage that the decompressed archive passes through. */
  readonly watch: Duplex;
  begin(phase: Phase): void;
  /** Tells nothing any more. */
  stop(): void;
}

/** What is known of a restore when it begins. */
export interface Extent {
  /** What the archive has before compression. */
  readonly plainBytes: number;
  /** Whether the archive is only copied where pg_restore finds it: then its passing is a small part of the work. */
  readonly staged: boolean;
}

/** Begins to tell how far a restore is, every 2 s. */
export function reportProgress(run: Run, { plainBytes, staged }: Extent): RestoreProgress {
  const weight = staged ? PERCENT.stage : PERCENT.load;
  const startedAt = performance.now();
  let bytes = 0;
  let table: string | undefined;
  let phase: Phase = 'load';
  let told = '';
  const tell = (): void => {
    const loading = phase === 'load';
    const percent = loading ? Math.floor(Math.min(bytes / Math.max(plainBytes, 1), 1) * weight) : PERCENT[phase];
    // What stands still is told once.
    const news = `${percent} ${bytes}`;
    if (news === told) return;
    told = news;
    run.log(PROGRESS_MESSAGE, { percent, bytes, ...(loading && { table, secondsLeft: secondsLeft((performance.now() - startedAt) / 1000, percent) }) });
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
      if (!staged) phase = 'indexes';
      done();
    },
  });
  const timer = setInterval(tell, run.environment.progressMilliseconds);
  return {
    watch,
    begin: (next) => {
      phase = next;
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
