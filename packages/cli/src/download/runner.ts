// What a pod of the runner's image needs to read a backup, as the operator's own Jobs have it: the plugin knows neither the image nor the keys. Pure.
import { LABEL_DATABASE, STORAGE_CREDENTIALS, type Backup } from '@postgres-operator/api';
import type { RESOURCES, ResourceType } from '@postgres-operator/controller/kube/resources';
import { runnerContainer } from '../cluster/runner-container.ts';
import { newestFirst } from '../view/times.ts';

type Holds<T> = T extends ResourceType<infer R> ? R : never;
/** A Job, as the API server returns it. */
export type Job = Holds<(typeof RESOURCES)['jobs']>;
type PodSpec = NonNullable<NonNullable<Job['spec']>['template']['spec']>;

/** The runner as a Job has it. */
export interface Runner {
  readonly image: string;
  readonly imagePullPolicy?: string;
  readonly imagePullSecrets?: PodSpec['imagePullSecrets'];
  /** The Secret with the keys of the bucket; none for a claim, and for the identity that a cloud gives the pod. */
  readonly secret?: string;
}

/** The runner for a Backup, given the operator's Jobs in its namespace; undefined when there is none to learn from. */
export function runnerFor(backup: Backup, jobs: readonly Job[]): Runner | undefined {
  const specs = newestFirst(jobs).flatMap((job) => specOf(job) ?? []);
  // Its image is that of the present operator.
  const [newest] = specs;
  const runner = newest && runnerContainer(newest);
  if (runner?.image === undefined) return undefined;
  const secret = secretFor(backup, jobs);
  return {
    image: runner.image,
    ...(runner.imagePullPolicy !== undefined && { imagePullPolicy: runner.imagePullPolicy }),
    ...(newest?.imagePullSecrets && { imagePullSecrets: newest.imagePullSecrets }),
    ...(secret !== undefined && { secret }),
  };
}

/** That of its spec; where the location is the installation's, that of a Job for the Backup, for its Database, or for any other: all have the installation's keys, but for those that name their own. */
function secretFor({ metadata, spec }: Backup, jobs: readonly Job[]): string | undefined {
  if (spec.credentialsRef !== undefined || spec.storageLocation) return spec.credentialsRef?.name;
  const isOwn = (job: Job): boolean => job.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid) ?? false;
  const isOfDatabase = (job: Job): boolean => job.metadata.labels?.[LABEL_DATABASE] === spec.databaseRef.name;
  const newest = newestFirst(jobs);
  return [...newest.filter(isOwn), ...newest.filter(isOfDatabase), ...newest].flatMap((job) => secretsOf(specOf(job)))[0];
}

const specOf = ({ spec }: Job): PodSpec | undefined => (runnerContainer(spec?.template.spec) === undefined ? undefined : spec?.template.spec);

/** The Secrets that hold keys of a store. */
const secretsOf = (spec: PodSpec | undefined): string[] =>
  (spec?.volumes ?? [])
    .flatMap(({ projected }) => projected?.sources ?? [])
    .flatMap(({ secret }) => (secret?.name !== undefined && secret.items?.some(({ path }) => path.startsWith(`${STORAGE_CREDENTIALS.folder}/`)) === true ? [secret.name] : []));
