// A process that is measured: its memory, its log, its metrics.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const DOCKERFILE = readFileSync(new URL('../../images/controller/Dockerfile', import.meta.url), 'utf8');
/** `node`, its options, the program. */
const ENTRYPOINT = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(DOCKERFILE)?.[1] ?? '[]') as string[];

export class ProcessUnderTest {
  readonly #child: ChildProcess;
  readonly #lines: { at: number; text: string }[] = [];
  readonly #waiting = new Set<() => void>();
  /** When it was started, on performance.now(). */
  readonly startedAt = performance.now();

  /** Starts a program as images/controller/Dockerfile starts the controller: with the same limits of memory. */
  constructor(file: string, env: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [...ENTRYPOINT.slice(1, -1), file], { env: { PATH: process.env['PATH'] ?? '', MALLOC_ARENA_MAX: '1', ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
    if (this.#child.stdout === null) throw new Error('no output to read');
    createInterface({ input: this.#child.stdout }).on('line', (text) => {
      this.#lines.push({ at: performance.now(), text });
      for (const wake of this.#waiting) wake();
    });
  }

  /** Waits for a line of its output; returns when it came, on performance.now(). */
  async line(pattern: RegExp): Promise<number> {
    for (;;) {
      const found = this.#lines.find(({ text }) => pattern.test(text));
      if (found !== undefined) return found.at;
      if (this.#child.exitCode !== null) throw new Error(`the process ended without a line like ${String(pattern)}:\n${this.#lines.map(({ text }) => text).join('\n')}`);
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
        this.#child.once('exit', wake);
      });
    }
  }

  /** Resident memory now, in MB (10^6 bytes). */
  get residentMegabytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return (Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024) / 1e6;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }
}
