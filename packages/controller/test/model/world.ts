// One run of the model: an API server, a cluster, people, and one life of the operator after another.
import { Dice, type Step } from './dice.ts';
import { collectorSteps } from './garbage-collector.ts';
import { judge, type Witness } from './laws.ts';
import { ModelApi } from './model-api.ts';
import { ModelClock } from './model-clock.ts';
import { OperatorProcess, type Breakage, type Task } from './operator-process.ts';
import { RunsInCluster } from './runs-in-cluster.ts';
import { serverFault, serverSteps } from './servers-in-cluster.ts';
import { userStep } from './user.ts';
import { Violation } from './violation.ts';

const START = Date.parse('2026-01-02T03:00:00Z');

export class World {
  readonly clock: ModelClock;
  readonly api: ModelApi;
  readonly runs: RunsInCluster;
  readonly witness: Witness;
  /** What happened, when it is wanted. */
  readonly trace: string[] | undefined;
  /** Writes of the operator that were accepted. */
  writes = 0;
  #process: OperatorProcess;
  readonly #breakage: Breakage | undefined;
  #violation: unknown;

  constructor(options: { from?: World; breakage?: Breakage | undefined; trace?: string[] | undefined } = {}) {
    const { from } = options;
    this.trace = options.trace;
    this.#breakage = options.breakage;
    this.clock = new ModelClock(from?.clock.now() ?? START);
    this.api = new ModelApi(this.clock, from?.api);
    this.runs = new RunsInCluster(this.api, from?.runs);
    this.witness = { api: this.api, runs: this.runs, jobs: new Map(from?.witness.jobs), now: () => this.clock.now() };
    this.api.onChange = (change) => {
      if (change.by === 'operator') this.writes += 1;
      try {
        judge(this.witness, change);
      } catch (violation) {
        // Not into the hands of the reconcile that made the change: it would take it for an answer.
        this.#violation ??= violation;
      }
    };
    this.#process = new OperatorProcess({ api: this.api, clock: this.clock, breakage: this.#breakage });
  }

  /** Does what one number of a schedule says. @throws Violation */
  async play(value: number): Promise<void> {
    const dice = new Dice(value);
    await this.do(this.#choose(dice));
  }

  /** Does the first step of the operator or the cluster that has this name, as often as it is there if `all`. @throws Error when there is none */
  async take(name: RegExp, all = false): Promise<void> {
    const next = (): Step | undefined => [...this.#operatorSteps(), ...this.#clusterSteps()].find((step) => name.test(step.name));
    const first = next();
    if (first === undefined) throw new Error(`nothing like ${name} can happen`);
    await this.do(first);
    for (let step = next(); all && step !== undefined; step = next()) await this.do(step);
  }

  /** No answer arrives to any call that is under way, although the server did what was asked. */
  async loseAnswers(): Promise<void> {
    for (const task of [...this.#process.tasks]) {
      this.#process.execute(task);
      await this.#process.lose(task);
    }
  }

  async do(step: Step | undefined): Promise<void> {
    if (step === undefined) return;
    this.trace?.push(step.name);
    await step.run();
    if (this.#violation !== undefined) throw this.#violation;
    const [failure] = this.#process.failures;
    if (failure !== undefined) throw new Violation(`a reconcile threw ${String(failure)}`, { cause: failure });
  }

  /** Goes on calmly, everybody doing the next thing, until nothing is left but timers. Returns the number of steps. */
  async settle(limit: number): Promise<number> {
    for (let steps = 0; steps < limit; steps += 1) {
      const step = this.#calmStep();
      if (step === undefined) return steps;
      await this.do(step);
    }
    throw new Violation(`not quiet after ${limit} steps`);
  }

  fireTimers(): void {
    this.clock.fireAll();
  }

  #choose(dice: Dice): Step | undefined {
    const kind = dice.below(100);
    if (kind < 54) return dice.of(this.#operatorSteps()) ?? dice.of(this.#clusterSteps());
    if (kind < 65) return dice.of(this.runs.steps()) ?? dice.of(this.#operatorSteps());
    if (kind < 72) return dice.of(this.#clusterSteps()) ?? dice.of(this.#operatorSteps());
    if (kind < 84) return userStep(this.api, dice);
    if (kind < 89) return this.#timeStep(dice);
    return this.#fault(dice);
  }

  #operatorSteps(): Step[] {
    const { startable, tasks, streams } = this.#process;
    return [
      ...startable.map((queue) => ({ name: `reconcile ${queue}`, run: () => this.#process.start(queue) })),
      ...tasks.flatMap((task) => this.#taskSteps(task)),
      ...streams.filter((stream) => this.#process.pending(stream) > 0).map((stream) => ({ name: `hear ${stream.name}`, run: () => this.#process.deliver(stream) })),
      ...streams.filter((stream) => stream.gap).map((stream) => ({ name: `list ${stream.name}`, run: () => this.#process.relist(stream) })),
    ];
  }

  #taskSteps(task: Task): Step[] {
    const { call } = task;
    if (call === undefined) return [];
    const answered = { name: `${task.key}: ${call.what} is answered`, run: () => this.#process.answer(task) };
    if (call.answer !== undefined) return [answered];
    const both = async (): Promise<void> => {
      this.#process.execute(task);
      await this.#process.answer(task);
    };
    // Most calls are answered before anything else happens.
    return [{ name: `${task.key}: ${call.what}`, run: both }, { name: `${task.key}: ${call.what}`, run: both }, { name: `${task.key}: ${call.what} is done`, run: () => this.#process.execute(task) }];
  }

  #clusterSteps(calm = false): Step[] {
    return [...this.runs.steps(calm), ...serverSteps(this.api), ...collectorSteps(this.api)];
  }

  #timeStep(dice: Dice): Step {
    const [next, ...jumps] = [() => this.clock.next(), () => this.clock.advance(1000), () => this.clock.advance(16 * 60_000)];
    const [name, run] = dice.below(2) === 0 ? ['the next timer', next] : ['time passes', dice.of(jumps) ?? next];
    return { name, run };
  }

  #fault(dice: Dice): Step | undefined {
    const { tasks, streams } = this.#process;
    const stream = dice.of(streams.filter(({ name }) => this.api.log({ apiVersion: '', kind: '', plural: name.toLowerCase() }).length > 0));
    const task = dice.of(tasks);
    const chosen = dice.below(8);
    if (chosen === 0) return { name: 'crash', run: () => this.#restart(() => 0) };
    if (chosen === 7) return { name: 'crash, and another process takes over', run: () => this.#restart(() => dice.below(4)) };
    if (chosen === 1) return task && { name: `${task.key}: the answer is lost`, run: () => this.#process.lose(task) };
    if (chosen === 6) return serverFault(this.api);
    if (stream === undefined) return undefined;
    if (chosen === 2) return { name: `list ${stream.name}`, run: () => this.#process.relist(stream) };
    if (chosen === 3) return { name: `list ${stream.name} of before`, run: () => this.#process.relist(stream, 1 + dice.below(6)) };
    if (chosen === 4) return { name: `hear ${stream.name} again`, run: () => this.#process.repeat(stream, dice.below(6)) };
    return this.#process.pending(stream) > 0 ? { name: `drop ${stream.name}`, run: () => this.#process.drop(stream) } : undefined;
  }

  /** What was sent and not done is not done any more; everything else the process knew is gone. */
  #restart(lag: () => number): void {
    this.#process = new OperatorProcess({ api: this.api, clock: this.clock, breakage: this.#breakage, lag });
  }

  #calmStep(): Step | undefined {
    return this.#operatorSteps()[0] ?? this.#clusterSteps(true)[0];
  }
}
