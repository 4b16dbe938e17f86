import { randomBytes } from 'node:crypto';
import { controllerOf, LABEL_SCHEDULE_UID, Reason, type ObjectMeta } from '@postgres-operator/api';
import type { Caches } from './caches.ts';
import type { Kube, Writable } from '../kube/client.ts';
import { isAlreadyExists, isConflict, isInvalid, isNamespaceTerminating, isNotFound, isRefused } from '../kube/errors.ts';
import { RESOURCES, type ResourceType } from '../kube/resources.ts';
import type { KubeObject } from '../runtime/object.ts';
import type { AppliedResource, CreateSecret, Effect } from './plan.ts';

/** A child's name is held by an object that is not ours. It is left alone. */
export class NameTakenError extends Error {
  override readonly name = 'NameTakenError';
}

/** What a person has to know of a failed effect; undefined when trying again is all it takes. */
export function blockedBy(error: unknown): { reason: string; message: string } | undefined {
  if (error instanceof NameTakenError) return { reason: Reason.NameTaken, message: error.message };
  return isRefused(error) && !isConflict(error) && !isNamespaceTerminating(error) ? { reason: Reason.ActionFailed, message: error.message } : undefined;
}

/** 24 random bytes are 192 bits, and 32 characters that need no escaping in a connection URI. */
const password = (): string => randomBytes(24).toString('base64url');

function withPasswords({ object, generate, templates = {} }: CreateSecret): Writable & { readonly stringData: Readonly<Record<string, string>> } {
  const generated = Object.fromEntries(generate.map((key) => [key, password()]));
  const made = Object.entries(templates).map(([key, template]) => [key, template.replace(/\{([a-z-]+)\}/g, (_, source: string) => generated[source] ?? '')]);
  return { ...object, stringData: { ...object.stringData, ...generated, ...(Object.fromEntries(made) as Record<string, string>) } };
}

export interface Actor {
  readonly kube: Kube;
  readonly caches: Caches;
}

/** Turns one effect into calls. Idempotent: what was done before is done again without harm. */
export async function act({ kube, caches }: Actor, effect: Effect, signal: AbortSignal): Promise<void> {
  switch (effect.do) {
    case 'ensure':
      return ensure(kube, childrenOf(caches, effect.resource), effect.object, signal);
    case 'apply': {
      const object = { ...effect.object, metadata: { ...effect.object.metadata, uid: effect.uid } };
      const { resource, store } = childrenOf(caches, effect.resource);
      // Apply merges lists by key. Where somebody changed a key, what we add clashes with what they left, and the whole
      // list has to be replaced.
      const clash = (error: unknown): Promise<KubeObject> => {
        if (!isInvalid(error)) throw error;
        return kube.merge(resource, object, signal);
      };
      return store.upsert(await kube.apply(resource, object, { force: true }, signal).catch(clash));
    }
    case 'createJob':
      return createOnce(kube, { resource: RESOURCES.jobs, store: caches.jobs }, effect.object, signal);
    case 'createRun':
      return createOnce(kube, { resource: RESOURCES.backups, store: caches.backups }, effect.object, signal);
    case 'markBackup':
      caches.backups.upsert(await kube.apply(RESOURCES.backups, effect.object, { force: true }, signal));
      return;
    case 'createRestore':
      return createRestore({ kube, caches }, effect, signal);
    case 'createIfAbsent':
      await kube.create(RESOURCES[effect.resource] as ResourceType<KubeObject>, effect.object, signal).catch(ignoring(isAlreadyExists));
      return;
    case 'createSecret':
      await kube.create(RESOURCES.secrets, withPasswords(effect), signal).catch(ignoring(isAlreadyExists));
      return;
    case 'delete':
      await kube.delete(RESOURCES[effect.resource], effect.target, effect.propagation, signal).catch(ignoring(isNotFound));
      return;
    case 'labelPod':
      return labelPod({ kube, caches }, effect.object, signal);
    case 'setFinalizers':
      caches.databases.upsert(await kube.apply(RESOURCES.databases, effect.object, { force: true }, signal));
  }
}

/** A resource and the store where the answers to its writes go: the next look finds them before the watch brings them. */
interface Children {
  readonly resource: ResourceType<KubeObject>;
  readonly store: { upsert(object: KubeObject): void };
}

const childrenOf = (caches: Caches, resource: AppliedResource): Children => ({ resource: RESOURCES[resource], store: caches[resource] });

async function ensure(kube: Kube, { resource, store }: Children, object: Writable, signal: AbortSignal): Promise<void> {
  const existing = await kube.get(resource, object.metadata, signal).catch(ignoring(isNotFound));
  if (existing !== undefined) refuseForeign(existing, object);
  // Without force, an object that somebody else created since the look above makes a conflict instead of being taken over.
  store.upsert(await kube.apply(resource, object, { force: existing !== undefined }, signal));
}

async function createOnce<T extends KubeObject>(kube: Kube, { resource, store }: { resource: ResourceType<T>; store: { upsert(object: T): void } }, object: Writable, signal: AbortSignal): Promise<void> {
  try {
    store.upsert(await kube.create(resource, object, signal));
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const existing = await kube.get(resource, object.metadata, signal);
    refuseForeign(existing, object);
    store.upsert(existing);
  }
}

async function createRestore({ kube, caches }: Actor, { object, seen }: Extract<Effect, { do: 'createRestore' }>, signal: AbortSignal): Promise<void> {
  const database = await kube.get(RESOURCES.databases, { ...object.metadata, name: seen.name }, signal);
  caches.databases.upsert(database);
  if (database.metadata.resourceVersion !== seen.resourceVersion) return;
  await createOnce(kube, { resource: RESOURCES.restores, store: caches.restores }, object, signal);
}

async function labelPod({ kube, caches }: Actor, labels: Writable, signal: AbortSignal): Promise<void> {
  // A pod that is gone by now is a conflict, because of the UID.
  const pod = await kube.apply(RESOURCES.pods, labels, { force: true }, signal).catch(ignoring(isConflict));
  if (pod !== undefined) caches.pods.upsert(pod);
}

function refuseForeign(existing: KubeObject, wanted: Writable): void {
  if (makerOf(existing) === makerOf(wanted)) return;
  const { kind, metadata: { namespace, name } } = wanted;
  throw new NameTakenError(`${kind} ${namespace}/${name} already exists and does not belong to this object: it is left as it is. Rename this object, or remove that ${kind} if nobody needs it.`);
}

/** The UID of what an object was made for: its controller, or for a Backup that is to outlive it, its schedule. */
function makerOf({ metadata }: { readonly metadata: object }): string | undefined {
  const { ownerReferences, labels } = metadata as Partial<ObjectMeta>;
  return controllerOf({ metadata: ownerReferences === undefined ? {} : { ownerReferences } })?.uid ?? labels?.[LABEL_SCHEDULE_UID];
}

const ignoring =
  (expected: (error: unknown) => boolean) =>
  (error: unknown): undefined => {
    if (!expected(error)) throw error;
    return undefined;
  };

