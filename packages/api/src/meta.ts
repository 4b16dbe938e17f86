// The parts of Kubernetes objects that all kinds share, as the JSON the API server speaks: times are strings.

/** Points from a child to the object that owns it. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** metadata of an object read from the API server. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

/** One condition of a status, as in metav1.Condition. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}

/** Names one object of a kind. */
export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

/** The owner reference that makes `owner` the controller of a child. */
export function controllerReference(owner: { readonly apiVersion: string; readonly kind: string; readonly metadata: ObjectMeta }): OwnerReference {
  const { apiVersion, kind, metadata } = owner;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true };
}

/** An object that may have an owner. */
export interface Owned {
  readonly metadata: { readonly ownerReferences?: readonly OwnerReference[] };
}

/** The owner that controls an object; undefined when nobody does. */
export const controllerOf = ({ metadata }: Owned): OwnerReference | undefined => metadata.ownerReferences?.find((owner) => owner.controller);

/** True when this very object controls the child: one of its name that was deleted before has another UID. */
export const isControlledBy = (child: Owned, owner: { readonly metadata: { readonly uid: string } }): boolean => controllerOf(child)?.uid === owner.metadata.uid;

/** A moment (milliseconds since the epoch) as Kubernetes writes it: RFC 3339 in whole seconds. */
export const timeOf = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

/** The first eight hex digits of a UID: enough to keep names of two objects with one name apart. */
export const shortUid = (uid: string): string => uid.replaceAll('-', '').slice(0, 8);
