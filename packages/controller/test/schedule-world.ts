// One schedule over time: the real decisions, a clock that is moved by hand, and an API server that keeps what was written. What holds
// at every change is asked while it is made, of what is true and not of what the controller's cache has heard.
import { ANNOTATION_RUN_NOW, LABEL_SCHEDULE, LABEL_SCHEDULE_UID, newestGood, standingOf, timeOf, type Backup, type BackupSpec, type Condition } from '@postgres-operator/api';
import { isTerminal } from '../src/run/turn.ts';
import { decideSchedule, type SchedulePlan } from '../src/schedule/decide.ts';
import { readSchedule, type Slots } from '../src/schedule/cron.ts';
import type { Effect } from '../src/reconcile/plan.ts';
import { aBackup, aDatabase, COMPLETED_BACKUP } from './fixtures.ts';

/** How a run ends. */
export type End = 'good' | 'failed' | 'suspicious';

const NAME = 'nightly';
/** A pass that is woken by its own writes again and again has no end. */
const MOST_PASSES = 10;

export class ScheduleWorld {
  now: number;
  readonly born: number;
  readonly slots: Slots;
  readonly #runs = new Map<string, Backup>();
  /** What the cache has of those that have changed since. */
  readonly #seen = new Map<string, Backup>();
  readonly #inUse = new Set<string>();
  /** Names of all runs that ever were. */
  readonly #ever: string[] = [];
  #object: Backup;
  #wakeAt = 0;
  #isUp = true;
  #crashes = false;

  constructor(spec: Partial<BackupSpec>, now: number) {
    this.now = now;
    this.born = now;
    this.#object = aBackup({ metadata: { name: NAME, creationTimestamp: timeOf(now) }, spec });
    const slots = readSchedule(spec.schedule ?? '', { timeZone: spec.timeZone, seed: this.#object.metadata.uid });
    if ('problem' in slots) throw new Error(slots.problem);
    this.slots = slots;
    this.reconcile();
  }

  get object(): Backup {
    return this.#object;
  }
  get runs(): Backup[] {
    return [...this.#runs.values()];
  }
  get ever(): readonly string[] {
    return this.#ever;
  }

  /** Lets time pass; the timers of a controller that is up fire to the second. */
  pass(milliseconds: number): void {
    const until = this.now + milliseconds;
    while (this.#isUp && this.#wakeAt <= until) {
      this.now = Math.max(this.now, this.#wakeAt);
      this.reconcile();
    }
    this.now = until;
  }

  /** The oldest open run ends; the cache hears of it later where that is wanted. */
  end(how: End, isHeard: boolean): void {
    const run = this.runs.find((one) => !isTerminal(one));
    if (run === undefined) return;
    const at = timeOf(this.now);
    const suspicious: Condition[] = how === 'suspicious' ? [{ type: 'Suspicious', status: 'True', reason: 'RowsDropped', message: '', lastTransitionTime: at }] : [];
    const status = how === 'failed' ? { phase: 'Failed' as const, completedAt: at } : { ...COMPLETED_BACKUP, backupTime: at, completedAt: at, conditions: suspicious };
    this.#change(run, { ...run, status }, isHeard);
  }

  /** The cache hears of everything. */
  hear(): void {
    this.#seen.clear();
    this.reconcile();
  }

  goDown(): void {
    this.#isUp = false;
  }
  /** The next controller lists everything. */
  comeUp(): void {
    this.#isUp = true;
    this.#seen.clear();
    this.reconcile();
  }
  /** The controller dies in the next pass in which it does something, before it writes that down, and another one comes. */
  crashNext(): void {
    this.#crashes = true;
  }

  pin(index: number): void {
    const run = this.runs[index % Math.max(1, this.runs.length)];
    if (run !== undefined) this.#change(run, { ...run, spec: { ...run.spec, pinned: true } }, true);
  }
  /** A Restore reads a run from now on, or no more. */
  restore(index: number): void {
    const name = this.runs[index % Math.max(1, this.runs.length)]?.metadata.name ?? '';
    if (!this.#inUse.delete(name)) this.#inUse.add(name);
    if (this.#isUp) this.reconcile();
  }
  isRead({ metadata }: Backup): boolean {
    return this.#inUse.has(metadata.name);
  }
  runNow(value: string): void {
    this.#edit({ annotations: { [ANNOTATION_RUN_NOW]: value } }, {});
  }
  suspend(isSuspended: boolean): void {
    this.#edit({}, { suspend: isSuspended });
  }

  /** One pass after the other, until nothing new is written. */
  reconcile(): void {
    for (let passes = 0; this.#pass(); passes += 1) if (passes > MOST_PASSES) throw new Error('it is still writing');
  }

  /** Returns whether it has changed anything. */
  #pass(): boolean {
    if (!this.#isUp) return false;
    const view = (runs: Backup[], certain: boolean): SchedulePlan => decideSchedule({ object: this.#object, runs, database: aDatabase(), inUse: this.#inUse, certain }, this.now);
    const guess = view(this.runs.map((run) => this.#seen.get(run.metadata.name) ?? run), false);
    const plan = guess.inDoubt === undefined ? guess : view(this.runs, true);
    for (const effect of plan.effects) this.#act(effect);
    this.#wakeAt = this.now + Math.max(plan.requeueAfterMs ?? Number.POSITIVE_INFINITY, 1000);
    if (this.#crashes && plan.effects.length > 0) {
      this.#crashes = false;
      this.#seen.clear();
      return true;
    }
    const isNews = JSON.stringify(plan.status) !== JSON.stringify(this.#object.status);
    if (plan.status !== undefined && isNews) this.#object = { ...this.#object, status: plan.status };
    return isNews || plan.effects.length > 0;
  }

  #act(effect: Effect): void {
    if (effect.do === 'createRun') this.#create(effect.object.metadata.name, effect.object);
    else if (effect.do === 'delete') this.#delete(effect.target.name);
    else if (effect.do !== 'markBackup') throw new Error(`a schedule does not ${effect.do}`);
  }

  #create(name: string, object: object): void {
    if (this.#runs.has(name)) return;
    const open = this.runs.find((run) => !isTerminal(run));
    if (open !== undefined) throw new Error(`${name} was created while ${open.metadata.name} was open`);
    if (this.#ever.includes(name)) throw new Error(`${name} was created twice`);
    this.#ever.push(name);
    const { spec } = object as Backup;
    this.#runs.set(name, aBackup({ metadata: { name, uid: name, creationTimestamp: timeOf(this.now), labels: { [LABEL_SCHEDULE]: NAME, [LABEL_SCHEDULE_UID]: this.#object.metadata.uid } }, spec }));
  }

  #delete(name: string): void {
    const run = this.#runs.get(name);
    if (run === undefined) return;
    const wrong = [...this.#whyKept(run), ...this.#whyNotYet(name)];
    if (wrong.length > 0) throw new Error(`${name} was deleted: ${wrong.join(', ')}`);
    this.#runs.delete(name);
    this.#seen.delete(name);
  }

  #whyKept(run: Backup): string[] {
    const why = [
      run.spec.pinned === true && 'it is pinned',
      !isTerminal(run) && 'it is open',
      standingOf(run) === 'suspicious' && 'it is suspicious',
      newestGood(this.runs) === run && 'it is the newest good one',
      this.isRead(run) && 'a Restore reads it',
    ];
    return why.filter((one) => one !== false);
  }

  #whyNotYet(name: string): string[] {
    const told = this.#object.status?.deletingNext?.find((one) => one.name === name);
    if (told === undefined) return ['the status did not tell of it'];
    return Date.parse(told.after) > this.now ? [`the status told of ${told.after}`] : [];
  }

  #change(before: Backup, after: Backup, isHeard: boolean): void {
    const { name } = before.metadata;
    if (!isHeard && !this.#seen.has(name)) this.#seen.set(name, before);
    this.#runs.set(name, after);
    if (isHeard) this.#seen.delete(name);
    if (isHeard) this.reconcile();
  }

  #edit(metadata: Partial<Backup['metadata']>, spec: Partial<BackupSpec>): void {
    this.#object = { ...this.#object, metadata: { ...this.#object.metadata, ...metadata }, spec: { ...this.#object.spec, ...spec } };
    this.reconcile();
  }
}
