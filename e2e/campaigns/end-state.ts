// How a Backup or Restore ended: what must be the same whatever happened to the controller.
import { isDeepStrictEqual } from 'node:util';
import type { ApiObject } from './api.ts';
import type { Ground } from './ground.ts';
import { jobsCreated, type Write } from './journal.ts';
import { jobsPath, pathOf, podsPath, type RunKind } from './objects.ts';

export interface EndState {
  readonly phase: string | undefined;
  /** type=status/reason, sorted. */
  readonly conditions: readonly string[];
  /** Names of the status fields, sorted: their values differ from run to run. */
  readonly fields: readonly string[];
  readonly jobs: number;
  readonly pods: number;
  /** Whether the status names the Job that is there. */
  readonly namesItsJob: boolean;
  /** Jobs that the API server created, those that are gone included. */
  readonly jobsCreated: number;
  /** Whether every table holds what the Backup holds; a Backup changes nothing. */
  readonly contentKept: boolean;
}

/** Looks at an object that has ended. */
export async function endStateOf(ground: Ground, kind: RunKind, object: ApiObject, seen: { writes: readonly Write[]; content: unknown }): Promise<EndState> {
  const { api, namespace } = ground;
  const { uid } = object.metadata;
  const ownedBy = (owner: string | undefined, objects: readonly ApiObject[]): readonly ApiObject[] =>
    objects.filter(({ metadata }) => metadata.ownerReferences?.some((reference) => reference.uid === owner));
  const { status = {} } = (await api.get(pathOf(kind, namespace, object.metadata.name))) ?? {};
  const jobs = ownedBy(uid, await api.list(jobsPath(namespace)));
  const allPods = await api.list(podsPath(namespace));
  return {
    phase: status.phase,
    conditions: (status.conditions ?? []).map(({ type, status: value, reason }) => `${type}=${value}/${reason}`).sort(),
    fields: Object.keys(status).sort(),
    jobs: jobs.length,
    pods: jobs.flatMap((job) => ownedBy(job.metadata.uid, allPods)).length,
    namesItsJob: jobs[0] !== undefined && jobs[0].metadata.uid === (status as Record<string, unknown>)['jobUID'],
    jobsCreated: jobsCreated(seen.writes, uid),
    contentKept: isDeepStrictEqual(await ground.content(), seen.content),
  };
}

/** What differs, in words. */
export function differences(actual: EndState, expected: EndState): string[] {
  return (Object.keys(expected) as (keyof EndState)[])
    .filter((field) => !isDeepStrictEqual(actual[field], expected[field]))
    .map((field) => `${field} is ${JSON.stringify(actual[field])}, not ${JSON.stringify(expected[field])}`);
}

/** The absolute part: whatever a run without faults comes to, this is how it has to end. */
export function faultless(state: EndState): string[] {
  return differences(state, { ...state, phase: 'Completed', jobs: 1, pods: 1, jobsCreated: 1, namesItsJob: true, contentKept: true });
}
