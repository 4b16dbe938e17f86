// Puts the parts together: caches and their reflectors, queues, reconcilers.
import { API_VERSION } from '@postgres-operator/api';
import type { Config } from './config.ts';
import { KubeClient } from './kube/client.ts';
import type { Connection } from './kube/connection.ts';
import { eventRecorder } from './kube/events.ts';
import { leadership } from './leadership.ts';
import { RESOURCES, type ResourceType } from './kube/resources.ts';
import { blockedBy } from './reconcile/act.ts';
import { createCaches, selectorOf, type CachedResource } from './reconcile/caches.ts';
import type { Dependencies } from './reconcile/dependencies.ts';
import { createReconcilers } from './reconcilers.ts';
import type { Clock } from './runtime/clock.ts';
import { runController } from './runtime/controller.ts';
import type { KubeObject } from './runtime/object.ts';
import { Reflector } from './runtime/reflector.ts';
import type { Store } from './runtime/store.ts';
import { errorText, type Logger } from './telemetry/logger.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { isConflict } from './kube/errors.ts';
import { createQueues, wireWatches, type Queues } from './watches.ts';

export interface Operator {
  readonly metrics: Metrics;
  /** True when every cache holds what the API server holds. */
  ready(): boolean;
  /** Works until the signal aborts, and only while it leads. @throws LeadershipLostError when it is no longer to work. */
  run(signal: AbortSignal): Promise<void>;
}

export function createOperator(parts: { config: Config; connection: Connection; clock: Clock; log: Logger }): Operator {
  const { config, clock, log } = parts;
  const caches = createCaches();
  const queues = createQueues(clock);
  let reflectors: Reflector<KubeObject>[] = [];
  const metrics = createMetrics({ caches, queues: { ...queues }, reflectors: () => reflectors, leading: () => leader.leading });
  const leader = leadership({ config, log, kube: new KubeClient(parts.connection, { observe: metrics.called }) });
  const kube = new KubeClient(parts.connection, { observe: metrics.called, mayWrite: () => leader.leading });
  const events = eventRecorder(kube, { apiVersion: API_VERSION, instance: config.instance, onError: (error) => log.debug('Event not recorded', { error: errorText(error) }) });
  reflectors = createReflectors({ kube, caches, clock, log, metrics, connection: parts.connection, config });
  wireWatches(caches, queues);
  let synced = false;

  return {
    metrics,
    ready: () => synced,
    async run(signal) {
      const lost = new AbortController();
      const watching = reflectors.map((reflector) => reflector.run(AbortSignal.any([signal, lost.signal])));
      await Promise.race([Promise.all(reflectors.map((reflector) => reflector.synced)), aborted(signal)]);
      synced = !signal.aborted;
      log.info('Operator started', { version: config.operatorVersion, server: parts.connection.server, runnerImage: config.runnerImage, namespaces: config.watchNamespaces.join() || 'all' });
      const reconcilers = createReconcilers({ caches, kube, logs: kube, events, clock, log, config });
      const observer = {
        reconciled: metrics.reconciled,
        failed: (controller: string, key: string, error: unknown) => log[levelOf(error)]('Reconcile failed', { controller, key, error: errorText(error) }),
      };
      // The caches of a process that stands by are full: it can work as soon as it leads.
      await leader
        .run(signal, async (leading) => {
          const controllers = Object.entries(reconcilers).map(([name, reconcile]) =>
            runController({ name, queue: queues[name as keyof Queues], reconcile, workers: config.workers, clock, observer }, leading),
          );
          await Promise.all(controllers);
          // Nobody tells them again: the next process finds the status as it is. And only who leads may write them.
          await events.sent();
        })
        .finally(() => lost.abort());
      await Promise.all(watching);
    },
  };
}

/** A conflict only says that the view was old; the newer one is already on its way. What a condition tells is no error of ours. */
const levelOf = (error: unknown): 'debug' | 'warn' | 'error' => (isConflict(error) ? 'debug' : blockedBy(error) === undefined ? 'error' : 'warn');

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

type ReflectorParts = Pick<Dependencies, 'caches' | 'clock' | 'log' | 'config'> & { kube: KubeClient; metrics: Metrics; connection: Connection };

/** One for each kind, or for each kind in each namespace: a controller that may not see all cannot list all. */
function createReflectors(parts: ReflectorParts): Reflector<KubeObject>[] {
  const { caches, config } = parts;
  const namespaces = config.watchNamespaces.length > 0 ? config.watchNamespaces : [undefined];
  return (Object.keys(caches) as CachedResource[]).flatMap((name) => namespaces.map((namespace) => createReflector(parts, name, namespace)));
}

function createReflector({ kube, caches, clock, log, metrics, connection }: ReflectorParts, kind: CachedResource, namespace: string | undefined): Reflector<KubeObject> {
  const resource = RESOURCES[kind] as ResourceType<KubeObject>;
  const store = caches[kind] as Store<KubeObject>;
  const selection = { labelSelector: selectorOf(kind), ...(namespace !== undefined && { namespace }) };
  return new Reflector<KubeObject>({
    name: namespace === undefined ? kind : `${namespace}/${kind}`,
    clock,
    store: {
      replace: (objects, resourceVersion) => store.replace(objects, resourceVersion, namespace),
      upsert: (object) => store.upsert(object),
      delete: (object) => store.delete(object),
    },
    source: {
      list: (signal) => kube.list(resource, selection, signal, (object) => store.project(object)),
      watch: (resourceVersion, signal) => kube.watch(resource, { ...selection, resourceVersion }, signal),
    },
    onWatchEnd: (watched, end, error) => {
      metrics.watchEnded(watched, end);
      if (end === 'idle') connection.reset();
      // Only a broken watch is news: the others end by their time, and an API server that is young sends no bookmarks for two minutes.
      log[end === 'error' ? 'warn' : 'debug']('Watch ended', { resource: watched, cause: end, error: errorText(error) });
    },
  });
}
