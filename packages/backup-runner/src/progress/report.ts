// Lines of the log that tell how far a dump has come. The controller reads them; the contract is in packages/api.
import { PROGRESS_MESSAGE } from '@postgres-operator/api';
import type { ArchiveObserver, DataEntry } from '../archive/archive.ts';
import type { Run } from '../environment.ts';
import { messageOf } from '../errors.ts';
import { withConnection, type Target } from '../postgres/connect.ts';
import { tableSizes } from '../postgres/table-sizes.ts';
import { percentOf, secondsLeft, type Weights } from './percent.ts';

/** Watches one dump, and tells of it. */
export interface Progress {
  /** Hears from the archive what passes. */
  readonly observer: ArchiveObserver;
  /** The same look, with its bytes counted. */
  counting(look: (chunk: Buffer) => void): (chunk: Buffer) => void;
  /** Tells once more, when all has passed. */
  finish(): void;
  /** Tells nothing any more. */
  stop(): void;
}

const tableOf = ({ kind, schema, name }: DataEntry): string => (kind === 'large objects' ? 'pg_catalog.pg_largeobject' : `${schema}.${name}`);

class Reporter implements Progress, ArchiveObserver {
  readonly observer = this;
  readonly #run: Run;
  readonly #timer: NodeJS.Timeout;
  readonly #startedAt = performance.now();
  /** Undefined until the server has told. */
  #weights: Weights | undefined;
  #expected: readonly string[] = [];
  readonly #finished: string[] = [];
  #bytes = 0;
  #finishedBytes = 0;
  #current: { readonly table: string; readonly from: number } | undefined;
  #told = { percent: 0, bytes: 0 };

  constructor(run: Run, weights: Promise<Weights>) {
    this.#run = run;
    this.#timer = setInterval(() => this.#tell(), run.environment.progressMilliseconds);
    void weights.then((known) => (this.#weights = known));
  }

  expects(entries: readonly DataEntry[]): void {
    this.#expected = entries.map(tableOf);
  }

  begins(entry: DataEntry): void {
    this.#current = { table: tableOf(entry), from: this.#bytes };
  }

  ends(entry: DataEntry): void {
    const bytes = this.#bytes - (this.#current?.from ?? this.#bytes);
    this.#finished.push(tableOf(entry));
    this.#finishedBytes += bytes;
    this.#run.debug('table passed', { table: tableOf(entry), bytes });
    this.#current = undefined;
  }

  counting(look: (chunk: Buffer) => void): (chunk: Buffer) => void {
    return (chunk) => {
      this.#bytes += chunk.length;
      look(chunk);
    };
  }

  finish(): void {
    this.#tell();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tell(): void {
    if (this.#weights === undefined || this.#bytes === this.#told.bytes) return;
    const current = this.#current && { table: this.#current.table, bytes: this.#bytes - this.#current.from };
    const passed = { expected: this.#expected, finished: this.#finished, finishedBytes: this.#finishedBytes, current };
    const exact = Math.max(percentOf(passed, this.#weights), this.#told.percent);
    this.#told = { percent: exact, bytes: this.#bytes };
    this.#run.log(PROGRESS_MESSAGE, {
      percent: Math.floor(exact),
      bytes: this.#bytes,
      table: current?.table,
      secondsLeft: secondsLeft((performance.now() - this.#startedAt) / 1000, exact),
    });
  }
}

/** Begins to tell how far a dump is, every 2 s while it gets on. What the server cannot tell fails nothing: then every table counts alike. */
export function reportProgress(run: Run, target: Target): Progress {
  const weights = withConnection(run, target, tableSizes).catch((error: unknown): Weights => {
    run.log('cannot tell the sizes of the tables', { error: messageOf(error) });
    return new Map();
  });
  return new Reporter(run, weights);
}
