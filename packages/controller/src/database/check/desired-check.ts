// The Job of a consistency check. Pure.
import { LABEL_CHECK, quantityValue, type CheckRequest, type Database } from '@postgres-operator/api';
import type { Config } from '../../config.ts';
import { digestOf } from '../../reconcile/digest.ts';
import type { Writable } from '../../kube/client.ts';
import { identitiesOf, nameOfWork, runnerJob } from '../../run/desired-job.ts';
import { primaryPodOf, requestHead, standbysOf } from '../../run/server.ts';

/** Which check it is: of which servers, asked for by what, and the how many-th. */
export interface CheckId {
  readonly servers: string;
  readonly request: string | undefined;
  /** From 1; 0 is the check that waits while the servers start. */
  readonly round: number;
}

/** A check that starts with the servers waits for them this long; one of servers that are ready, so long. */
const [STARTING_SECONDS, READY_SECONDS] = [90, 10];
/** A fresh row takes milliseconds; what takes this long does not arrive soon. */
const MAX_LAG_SECONDS = 10;
/** One segment of WAL: on a server that writes 100 MB a second, as much as comes in a sixth of a second. */
const MAX_LAG_BYTES = 16 * 1024 ** 2;
/** For the pod to start, and to ask the server for its health. */
const SPARE_SECONDS = 60;
/** To drop what restores left. */
const DROP_SECONDS = 60;
/** So long its log can be read. */
const TTL_SECONDS = 300;

/** What a check is made for. */
export interface CheckInput {
  readonly database: Database;
  /** True when no run works on it, and no Restore is to. */
  readonly idle: boolean;
}

/** A check that is to be started. */
export interface CheckStart extends CheckId {
  /**
   * Milliseconds since the epoch. It makes the name of the Job one that none had before, however often this check is started: a Job that takes
   * the name of one that was deleted a moment after its start may wait for the pod of that one. It gets none, and no deadline ends it
   * (Kubernetes 1.34, pkg/controller/job: expectations are kept by name, and addPod passes over a pod whose Job is gone).
   * One that is made twice, because the answer to the first call was lost, does no harm: it looks at the same servers, and goes with the next.
   */
  readonly startedAt: number;
}

/** What its Job is found by: value of LABEL_CHECK. */
export const checkLabel = ({ servers, request = '', round }: CheckId): string => `${digestOf(`${servers} ${request}`).slice(0, 8)}-${round}`;

/** What a check does about databases that restores left: it drops them only where no restore works, and nobody waits for the Database. */
const leftoversOf = ({ database, idle }: CheckInput, { round }: CheckId): NonNullable<CheckRequest['leftovers']> => (idle && round > 0 && database.status?.phase === 'Ready' ? 'drop' : 'count');

/** The Job. It asks each server at its own address: the Service leads nowhere before it is ready. */
export function desiredCheckJob(input: CheckInput, id: CheckStart, config: Config): Writable {
  const { database } = input;
  const { metadata, spec } = database;
  const leftovers = leftoversOf(input, id);
  const patienceSeconds = id.round === 0 ? STARTING_SECONDS : READY_SECONDS;
  const volumeBytes = Math.floor(quantityValue(spec.storage.size) ?? 0);
  const request: CheckRequest = {
    ...requestHead(database, config),
    command: 'check',
    server: primaryPodOf(database),
    standbys: standbysOf(database),
    patienceSeconds,
    maxLagSeconds: MAX_LAG_SECONDS,
    maxLagBytes: MAX_LAG_BYTES,
    ...(volumeBytes >= 1 && { volumeBytes }),
    leftovers,
  };
  return runnerJob({
    owner: database,
    request,
    identities: [identitiesOf(metadata.name).superuser],
    config,
    name: nameOfWork(database, `check-${checkLabel(id)}-${id.startedAt.toString(36)}`),
    database: metadata.name,
    label: { [LABEL_CHECK]: checkLabel(id) },
    activeDeadlineSeconds: patienceSeconds + MAX_LAG_SECONDS + SPARE_SECONDS + (leftovers === 'drop' ? DROP_SECONDS : 0),
    ttlSeconds: TTL_SECONDS,
  });
}
