// Kubernetes Events: for people, best effort. A lost event never delays or fails a reconcile.
import { setTimeout as sleep } from 'node:timers/promises';
import { shortUid } from '@postgres-operator/api';
import type { Kube } from './client.ts';
import { RESOURCES } from './resources.ts';

export interface EventInput {
  readonly regarding: { readonly kind: string; readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string; readonly resourceVersion: string } };
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

export interface EventRecorder {
  record(event: EventInput): void;
}

/** A recorder of a process that may end. */
export interface EventSender extends EventRecorder {
  /** Waits until the API server has answered for all that was recorded so far, for 3 s at most: a pod has 10 to end. */
  sent(): Promise<void>;
}

/** The API server refuses notes above 1 KiB. */
const MAX_NOTE = 1000;
const TIMEOUT_MS = 10_000;
const LAST_MS = 3000;

/** The same event within this time is one series, as in client-go. */
const SERIES_MS = 6 * 60_000;
/** How many events are remembered for series. */
const MEMORY = 500;

interface Recent {
  readonly name: string;
  readonly count: number;
  readonly at: number;
}

/** Records events through the API server as the given controller instance; repetitions become a series of the first one. */
export function eventRecorder(kube: Kube, options: { apiVersion: string; instance: string; onError: (error: unknown) => void }): EventSender {
  const recent = new Map<string, Recent>();
  const underWay = new Set<Promise<void>>();

  const send = (call: Promise<unknown>): void => {
    const sent = call.then(() => undefined, options.onError).finally(() => underWay.delete(sent));
    underWay.add(sent);
  };

  const remember = (key: string, event: Recent): void => {
    recent.delete(key);
    recent.set(key, event);
    const [oldest] = recent.keys();
    if (recent.size > MEMORY && oldest !== undefined) recent.delete(oldest);
  };

  return {
    record({ regarding, type, reason, action, note }) {
      const { name, namespace, uid, resourceVersion } = regarding.metadata;
      const now = Date.now();
      const key = [uid, reason, note].join('\n');
      const before = recent.get(key);
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      if (before !== undefined && now - before.at < SERIES_MS) {
        const count = before.count + 1;
        remember(key, { ...before, count, at: now });
        const object = { apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: { name: before.name, namespace }, series: { count, lastObservedTime: microTime(now) } };
        send(kube.merge(RESOURCES.events, object, signal));
        return;
      }
      // One transition makes one event, however often it is reported: the name derives from the state it was made in.
      const eventName = `${name}.${shortUid(uid)}.${resourceVersion}`;
      remember(key, { name: eventName, count: 1, at: now });
      const object = {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: eventName, namespace },
        regarding: { apiVersion: options.apiVersion, kind: regarding.kind, name, namespace, uid, resourceVersion },
        eventTime: microTime(now),
        reportingController: 'database.example.com/postgres-operator',
        reportingInstance: options.instance,
        type,
        reason,
        action,
        note: note.slice(0, MAX_NOTE) || reason,
      };
      send(kube.create(RESOURCES.events, object, signal));
    },

    sent: async () => void (await Promise.race([Promise.all(underWay), sleep(LAST_MS, undefined, { ref: false })])),
  };
}

/** MicroTime: the API server wants exactly six digits. */
const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');
