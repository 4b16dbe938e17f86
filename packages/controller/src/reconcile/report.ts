import { isDeepStrictEqual } from 'node:util';
import { API_VERSION, type Condition, type ObjectMeta } from '@postgres-operator/api';
import type { Kube } from '../kube/client.ts';
import type { EventRecorder } from '../kube/events.ts';
import type { ResourceType } from '../kube/resources.ts';
import type { Store } from '../runtime/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Notice, Plan } from './plan.ts';

/** An object with a phase and conditions in its status. */
export interface Reported {
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly status?: { readonly phase?: string; readonly conditions?: readonly Condition[] };
}

export interface Reporter<T> {
  readonly kube: Kube;
  readonly events: EventRecorder;
  readonly log: Logger;
  readonly resource: ResourceType<T>;
  readonly store: Store<T & { readonly metadata: ObjectMeta }>;
  /** The condition whose reason and message tell a person where the object is. */
  readonly conditionType: string;
}

/**
 * Writes a status if it differs from the one observed. The write carries the observed resourceVersion: a decision made on
 * an old view is refused by the API server instead of undoing a newer status. Events and log lines come only after it.
 */
export async function report<T extends Reported>(reporter: Reporter<T>, object: T, { status, notice }: Omit<Plan<T['status']>, 'effects'>, signal: AbortSignal): Promise<void> {
  if (status === undefined || isDeepStrictEqual(status, object.status)) return;
  const { name, namespace, uid, resourceVersion } = object.metadata;
  const body = { apiVersion: API_VERSION, kind: object.kind, metadata: { name, namespace, uid, resourceVersion }, status };
  const written = await reporter.kube.apply(reporter.resource, body, { subresource: 'status', force: true }, signal);
  reporter.store.upsert(written);
  // One transition makes one Event: its name derives from the state that it was made in.
  if (notice !== undefined) tell(reporter, object, notice);
  else if (status.phase !== object.status?.phase) announce(reporter, object, status);
}

function tell<T extends Reported>({ events, log }: Reporter<T>, object: T, { type = 'Warning', what, reason, message }: Notice): void {
  const { name, namespace } = object.metadata;
  log[type === 'Normal' ? 'info' : 'warn'](`${object.kind} ${what}`, { kind: object.kind, namespace, name, reason, message });
  events.record({ regarding: object, type, reason, note: message, action: reason });
}

function announce<T extends Reported>({ events, log, conditionType }: Reporter<T>, object: T, status: NonNullable<Reported['status']>): void {
  const { name, namespace } = object.metadata;
  const { reason = status.phase ?? '', message = '' } = status.conditions?.find((condition) => condition.type === conditionType) ?? {};
  const failed = status.phase === 'Failed';
  const fields = { kind: object.kind, namespace, name, from: object.status?.phase ?? '', to: status.phase, reason, message };
  log[failed ? 'warn' : 'info'](`${object.kind} ${status.phase}`, fields);
  events.record({ regarding: object, type: failed ? 'Warning' : 'Normal', reason, note: message, action: status.phase ?? '' });
}
