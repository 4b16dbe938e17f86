// The controller as a process of this host: it can be killed, paused and started again.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { waitFor } from '../cluster/api.ts';
import { freePorts } from '../lib/ports.ts';

export interface ControllerOptions {
  /** Also its identity in the election, as the name of a pod is. */
  readonly name: string;
  /** The bundle that the image holds. */
  readonly program: string;
  readonly kubeconfig: string;
  readonly env: Readonly<Record<string, string>>;
  /** What it logs is appended here. */
  readonly log: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

export class Controller {
  readonly #options: ControllerOptions;
  #child: ChildProcess | undefined;
  #exit: Promise<Exit> = Promise.resolve({ code: null, signal: null });
  #ports: { health: number; metrics: number } = { health: 0, metrics: 0 };

  constructor(options: ControllerOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get alive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Where its metrics are, since it was started last. */
  get metricsUrl(): string {
    return `http://127.0.0.1:${this.#ports.metrics}/metrics`;
  }

  /** Starts it and waits until its caches are full. */
  async start(): Promise<void> {
    const { program, name, kubeconfig, env, log } = this.#options;
    const [health, metrics] = await freePorts();
    this.#ports = { health, metrics };
    const own = { POD_NAME: name, KUBECONFIG: kubeconfig, HEALTH_PORT: String(health), METRICS_PORT: String(metrics) };
    const file = openSync(log, 'a');
    // It ends with the campaign, however that ends.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, program], { env: { ...env, ...own, PATH: process.env['PATH'] }, stdio: ['ignore', file, file] });
    closeSync(file);
    this.#child = child;
    this.#exit = once(child, 'exit').then(([code, signal]) => ({ code, signal }) as Exit);
    await waitFor(`controller ${name}`, 120, async () => {
      if (!this.alive) throw new Error('it has ended');
      if (!(await this.ready())) throw new Error('its caches are not full');
    });
  }

  async ready(): Promise<boolean> {
    const answer = await fetch(`http://127.0.0.1:${this.#ports.health}/readyz`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    return answer?.status === 200;
  }

  /** True when it leads and no key waits for it. */
  async idleLeader(): Promise<boolean> {
    const answer = await fetch(this.metricsUrl, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    const lines = ((await answer?.text()) ?? '').split('\n');
    const waiting = lines.filter((line) => line.startsWith('database_operator_queue_depth{')).map((line) => Number(line.split(' ').at(-1)));
    return lines.includes('database_operator_leader 1') && waiting.length > 0 && waiting.every((depth) => depth === 0);
  }

  send(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void {
    this.#child?.kill(signal);
  }

  /** How it ended. Rejects when it does not within a time. */
  async exited(withinSeconds: number): Promise<Exit> {
    const timeout = AbortSignal.timeout(withinSeconds * 1000);
    return Promise.race([this.#exit, once(timeout, 'abort').then(() => Promise.reject(new Error(`controller ${this.name} did not end within ${withinSeconds} s`)))]);
  }

  async kill(): Promise<void> {
    if (!this.alive) return;
    this.send('SIGKILL');
    await this.#exit;
  }
}
