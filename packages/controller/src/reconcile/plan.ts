// What a decision asks for, as data. Only act.ts turns it into calls.
import type { ObjectKey, ObjectMeta } from '@postgres-operator/api';
import type { Writable } from '../kube/client.ts';

/** Children that are kept as the operator wants them. */
export type AppliedResource = 'configMaps' | 'statefulSets' | 'services' | 'disruptionBudgets';

export type Effect =
  /** Brings a child about that was not seen yet. Refused with NameTakenError when the name belongs to somebody else. */
  | { readonly do: 'ensure'; readonly resource: AppliedResource; readonly object: Writable }
  /** Brings a child that was seen back to what is wanted; its UID makes sure that it is still the same one. */
  | { readonly do: 'apply'; readonly resource: AppliedResource; readonly object: Writable; readonly uid: string }
  /** Creates a Job once; its name derives from its owner's UID, so that creating twice is harmless. */
  | { readonly do: 'createJob'; readonly object: Writable }
  /** Creates the Backup of a schedule once; its name derives from its time. Refused with NameTakenError when another one has that name. */
  | { readonly do: 'createRun'; readonly object: Writable }
  /** Says in the metadata of a Backup whether its data goes with it. */
  | { readonly do: 'markBackup'; readonly object: Marks }
  /** Creates a Restore once, unless its Database is not the one that was seen: it would replace what is there by now. */
  | { readonly do: 'createRestore'; readonly object: Writable; readonly seen: { readonly name: string; readonly resourceVersion: string } }
  /** Creates an object that is used as it is when it is already there. */
  | { readonly do: 'createIfAbsent'; readonly resource: 'claims' | 'backups' | 'networkPolicies'; readonly object: Writable }
  | CreateSecret
  | Deletion
  /** Sets labels on a pod that a StatefulSet made; its UID makes sure that it is still the same one. */
  | { readonly do: 'labelPod'; readonly object: Writable & { readonly metadata: { readonly uid: string; readonly labels: Readonly<Record<string, string>> } } }
  | { readonly do: 'setFinalizers'; readonly object: Writable & { readonly metadata: { readonly uid: string; readonly finalizers: readonly string[] } } };

/** Metadata of a Backup as the operator applies it. */
export type Marks = Writable & { readonly metadata: { readonly uid: string; readonly finalizers: readonly string[]; readonly annotations: Readonly<Record<string, string>> } };

/** Creates a Secret, which is used as it is when it is already there. */
export interface CreateSecret {
  readonly do: 'createSecret';
  readonly object: Writable & { readonly stringData: Readonly<Record<string, string>> };
  /** Keys that get random passwords. */
  readonly generate: readonly string[];
  /** Keys made from those: {password} stands for what was generated for key password. */
  readonly templates?: Readonly<Record<string, string>>;
}

/** Deletes an object; its UID makes sure that it is still the same one. */
export interface Deletion {
  readonly do: 'delete';
  readonly resource: AppliedResource | 'jobs' | 'pods' | 'backups' | 'claims';
  readonly target: ObjectKey & { readonly uid: string };
  /** Foreground: the object stays until what it owns is gone. */
  readonly propagation: 'Foreground' | 'Background';
}

/** The deletion of an object that was seen; none when it is being deleted already. */
export function deletionOf(resource: Deletion['resource'], { metadata }: { readonly metadata: ObjectMeta }, propagation: Deletion['propagation'] = 'Background'): Deletion[] {
  const { name, namespace, uid, deletionTimestamp } = metadata;
  return deletionTimestamp === undefined ? [{ do: 'delete', resource, target: { name, namespace, uid }, propagation }] : [];
}

/** Something that people have to hear of, although the phase stays the same or is not what matters of it. */
export interface Notice {
  /** Absent: Warning. */
  readonly type?: 'Normal' | 'Warning';
  /** For the log: what happened. */
  readonly what: string;
  readonly reason: string;
  readonly message: string;
}

/** What one pass over an object comes to: effects in order, the status to report, and when to look again. */
export interface Plan<Status> {
  readonly effects: readonly Effect[];
  /** Undefined leaves the status as it is. */
  readonly status?: Status;
  /** Told once, in place of the phase, when the status is written. */
  readonly notice?: Notice;
  readonly requeueAfterMs?: number;
}
