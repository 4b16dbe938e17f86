import { isScheduled } from '@postgres-operator/api';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Caches } from './reconcile/caches.ts';
import type { ReconcileResult } from './runtime/controller.ts';
import type { Reflector, WatchEnd } from './runtime/reflector.ts';
import type { KubeObject } from './runtime/object.ts';
import type { WorkQueue } from './runtime/work-queue.ts';
import { databaseGauges } from './database/gauges.ts';
import { countUpgrades, upgradeGauges } from './database/upgrade/gauges.ts';
import { countRuns } from './run/counters.ts';
import { runGauges } from './run/gauges.ts';
import { leftoverJobsGauge } from './run/leftover-jobs.ts';
import { scheduleGauges } from './schedule/gauges.ts';
import { counted, type Sample } from './telemetry/sample.ts';

/** Everything that /metrics shows. Objects are counted when it is scraped, so that deleted ones leave no series behind. */
export interface Metrics {
  readonly registry: Registry;
  reconciled(controller: string, result: ReconcileResult, seconds: number): void;
  watchEnded(resource: string, end: WatchEnd): void;
  called(method: string, code: number): void;
}

/** What is read at each scrape. */
export interface Observed {
  readonly caches: Caches;
  readonly queues: Readonly<Record<string, WorkQueue>>;
  readonly reflectors: () => readonly Reflector<KubeObject>[];
  readonly leading: () => boolean;
}

export function createMetrics({ caches, queues, reflectors, leading }: Observed): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const reconciles = new Counter({ name: 'database_reconcile_total', help: 'Reconciles by controller and result', labelNames: ['controller', 'result'], registers });
  const durations = new Histogram({ name: 'database_reconcile_duration_seconds', help: 'Duration of reconciles in seconds', labelNames: ['controller', 'result'], registers });
  const watches = new Counter({ name: 'database_operator_watch_restarts_total', help: 'Ended watches by resource and cause', labelNames: ['resource', 'cause'], registers });
  const calls = new Counter({ name: 'database_operator_api_calls_total', help: 'Calls to the API server by method and code (0: no answer)', labelNames: ['method', 'code'], registers });
  gauge(registry, { name: 'database_resources_total', help: 'Databases by phase', labels: ['phase'] }, () => counted(caches.databases.list().map(({ status }) => ({ phase: status?.phase ?? 'Pending' }))));
  gauge(registry, { name: 'database_operator_runs', help: 'Backups and Restores by kind and phase', labels: ['kind', 'phase'] }, () =>
    counted([...caches.backups.list().filter(({ spec }) => !isScheduled(spec)), ...caches.restores.list()].map(({ kind, status }) => ({ kind, phase: status?.phase ?? 'Pending' }))),
  );
  gauge(registry, { name: 'database_info', help: '1 for each Database', labels: ['name', 'namespace', 'image', 'phase'] }, () =>
    caches.databases.list().map(({ metadata: { name, namespace }, spec, status }) => ({ labels: { name, namespace, image: spec.image, phase: status?.phase ?? 'Pending' }, value: 1 })),
  );
  gauge(registry, { name: 'database_operator_queue_depth', help: 'Keys that wait for a worker', labels: ['controller'] }, () =>
    Object.entries(queues).map(([controller, queue]) => ({ labels: { controller }, value: queue.depth })),
  );
  gauge(registry, { name: 'database_operator_queue_age_seconds', help: 'Seconds that the first of the keys that wait has waited', labels: ['controller'] }, () =>
    Object.entries(queues).map(([controller, queue]) => ({ labels: { controller }, value: queue.ageSeconds })),
  );
  gauge(registry, { name: 'database_operator_watch_silence_seconds', help: 'Seconds since a watch heard anything, bookmarks included', labels: ['resource'] }, () =>
    reflectors().map(({ name, silenceSeconds }) => ({ labels: { resource: name }, value: silenceSeconds })),
  );
  gauge(registry, { name: 'database_operator_leader', help: '1 in the process that holds the lease and works, 0 in one that stands by', labels: [] }, () => [{ labels: {}, value: leading() ? 1 : 0 }]);
  countRuns(registry, caches, leading);
  countUpgrades(registry, caches, leading);
  for (const { samples, ...what } of [...databaseGauges(caches), ...upgradeGauges(caches), ...runGauges(caches), leftoverJobsGauge(caches), ...scheduleGauges(caches)]) gauge(registry, what, samples);
  return {
    registry,
    reconciled(controller, result, seconds) {
      reconciles.inc({ controller, result });
      durations.observe({ controller, result }, seconds);
    },
    watchEnded: (resource, cause) => watches.inc({ resource, cause }),
    called: (method, code) => calls.inc({ method, code: String(code) }),
  };
}

function gauge(registry: Registry, { name, help, labels }: { name: string; help: string; labels: string[] }, samples: () => readonly Sample[]): void {
  new Gauge({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    collect() {
      this.reset();
      for (const sample of samples()) this.set(sample.labels, sample.value);
    },
  });
}
