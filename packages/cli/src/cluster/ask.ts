// Calls to the API server, over whatever line a person has.
import { isAlreadyExists, isForbidden, isNotFound, KubeError } from '@postgres-operator/controller/kube/errors';
import type { Writable } from '@postgres-operator/controller/kube/client';
import type { ResourceType } from '@postgres-operator/controller/kube/resources';
import type { Context, OwnObject } from '../command.ts';
import { Exit, PluginError } from '../exit.ts';
import { nearest } from './nearest.ts';

/** Calls without an answer are made so often before a command gives up. */
const TRIES = 4;
/** Pause before the second; it doubles. */
const PAUSE_MS = 500;

/** Of names that there are, so many are told. */
const MOST_NAMES = 20;

/** True for a call without an answer, and for a server that cannot answer now: the same call may be answered later. */
export const isLost = (error: unknown): error is KubeError => error instanceof KubeError && (error.code === 0 || error.code === 429 || error.code >= 500);

/** Makes a call that does no harm when it is made twice, until there is an answer. `made` says how many calls came before. */
export async function ask<T>({ pace, signal, terminal }: Pick<Context, 'pace' | 'signal' | 'terminal'>, call: (made: number) => Promise<T>): Promise<T> {
  for (let made = 0; ; made += 1) {
    try {
      return await call(made);
    } catch (error) {
      if (!isLost(error) || signal.aborted || made === TRIES - 1) throw error;
      terminal.note(`${error.message}; asking again`);
      await pace.pause(PAUSE_MS * 2 ** made, signal);
    }
  }
}

/** Reads an object by the name that a person gave. @throws PluginError that names those that there are */
export async function find<T extends OwnObject>(context: Context, resource: ResourceType<T>, name: string): Promise<T> {
  const { kube, namespace, signal } = context;
  try {
    return await ask(context, () => kube.get(resource, { namespace, name }, signal));
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const names = (await all(context, resource)).map(({ metadata }) => metadata.name);
    throw new PluginError(Exit.failed, `There is no ${resource.kind} ${name} in namespace ${namespace}. ${insteadOf(name, names)}`);
  }
}

/** What a person may have meant. */
function insteadOf(name: string, names: readonly string[]): string {
  if (names.length === 0) return 'There is none at all: is it another namespace (-n)?';
  const meant = nearest(name, names);
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return `${meant === undefined ? '' : `Did you mean ${meant}? `}There are: ${names.slice(0, MOST_NAMES).join(', ')}${more}`;
}

/** All objects of a kind in the namespace. */
export async function all<T>(context: Context, resource: ResourceType<T>, labelSelector?: string): Promise<T[]> {
  const { kube, namespace, signal } = context;
  return (await ask(context, () => kube.list(resource, { namespace, labelSelector }, signal))).items;
}

/** The same, or undefined where this person may not list them. */
export const allIfAllowed = <T>(context: Context, resource: ResourceType<T>, labelSelector?: string): Promise<T[] | undefined> =>
  all(context, resource, labelSelector).catch((error: unknown) => {
    if (isForbidden(error)) return undefined;
    throw error;
  });

/** Creates an object once, also when the answer to the first call is lost. `unique` says that nobody else can have taken its name. */
export function create<T>(context: Context, resource: ResourceType<T>, object: Writable, { unique }: { readonly unique: boolean }): Promise<T> {
  const { kube, signal } = context;
  return ask(context, async (made) => {
    try {
      return await kube.create(resource, object, signal);
    } catch (error) {
      if (!isAlreadyExists(error) || made === 0) throw error;
      if (unique) return kube.get(resource, object.metadata, signal);
      throw new PluginError(Exit.cluster, `${resource.kind} ${object.metadata.name} exists: it was there before, or a call without an answer has made it. Look at its age, or choose another name`);
    }
  });
}
