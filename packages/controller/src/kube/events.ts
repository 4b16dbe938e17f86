// Kubernetes Events: for people, best effort. A lost event never delays or fails a reconcile.
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

/** The API server refuses notes above 1 KiB. */
const MAX_NOTE = 1000;
const TIMEOUT_MS = 10_000;

/** Records events through the API server as the given controller instance. */
export function eventRecorder(kube: Kube, options: { apiVersion: string; instance: string; onError: (error: unknown) => void }): EventRecorder {
  return {
    record({ regarding, type, reason, action, note }) {
      const { name, namespace, uid, resourceVersion } = regarding.metadata;
      const object = {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        // One transition makes one event, however often it is reported: the name derives from the state it was made in.
        metadata: { name: `${name}.${shortUid(uid)}.${resourceVersion}`, namespace },
        regarding: { apiVersion: options.apiVersion, kind: regarding.kind, name, namespace, uid, resourceVersion },
        // MicroTime: the API server wants exactly six digits.
        eventTime: new Date().toISOString().replace('Z', '000Z'),
        reportingController: 'database.example.com/postgres-operator',
        reportingInstance: options.instance,
        type,
        reason,
        action,
        note: note.slice(0, MAX_NOTE) || reason,
      };
      kube.create(RESOURCES.events, object, AbortSignal.timeout(TIMEOUT_MS)).catch(options.onError);
    },
  };
}
