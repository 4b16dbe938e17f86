// Parameters come into force when PostgreSQL has found nothing wrong with them. Until then the servers keep those they have. Pure.
import { isControlledBy, type Database } from '@postgres-operator/api';
import { hash } from 'node:crypto';
import type { Job } from 'kubernetes-types/batch/v1.d.ts';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Read } from '../../kube/resources.ts';
import { deletionOf, type Effect } from '../../reconcile/plan.ts';
import type { DatabaseWorld } from '../world.ts';
import { lastLines } from '../trouble/last-lines.ts';
import { desiredTrial, LABEL_TRIAL } from './desired-trial.ts';
import { PARAMETERS_FILE, parametersIn, parametersText, type Parameters } from './file.ts';

/** How a trial stands. */
export interface Trial {
  /** The parameters that the servers are to have now. */
  readonly inForce: Parameters;
  readonly effects: readonly Effect[];
  /** True while it is not known whether those of the spec come into force. */
  readonly underWay?: true;
  /** What PostgreSQL has against those of the spec. */
  readonly refused?: string;
}

/**
 * Tries the parameters of a spec that are not in force. `database` is the one that can be acted on. A Database that never was up needs no
 * trial: its first server is one, and there is nothing to lose.
 */
export function parametersTrial(world: DatabaseWorld, database: Database): Trial {
  const wanted = database.spec.parameters ?? {};
  const trials = world.jobs.filter(({ metadata }) => metadata.labels?.[LABEL_TRIAL] !== undefined && metadata.deletionTimestamp === undefined);
  const now = parametersNow(world);
  if (now === undefined || parametersText(now) === parametersText(wanted)) return { inForce: wanted, effects: trials.flatMap(removal) };
  const name = trialName(database);
  const trial = trials.find(({ metadata }) => metadata.name === name);
  const effects = trials.filter((job) => job !== trial).flatMap(removal);
  if (trial === undefined) return { inForce: now, underWay: true, effects: [...effects, { do: 'createJob', object: desiredTrial(database, name) }] };
  if (hasCondition(trial, 'Complete')) return { inForce: wanted, effects };
  if (!hasCondition(trial, 'Failed')) return { inForce: now, underWay: true, effects };
  const words = wordsOf(trial, world.pods);
  // Nothing was said: the pod was lost, or never started. The next look makes a new trial.
  return words === undefined ? { inForce: now, underWay: true, effects: [...effects, ...removal(trial)] } : { inForce: now, effects, refused: words };
}

/** What the servers have; undefined for a Database that never was up. */
function parametersNow({ database, config }: DatabaseWorld): Parameters | undefined {
  const file = config?.data?.[PARAMETERS_FILE];
  return file === undefined || database.status?.endpoint === undefined ? undefined : parametersIn(file);
}

/** At most 11 characters more than the Database's name, and another one for each image and text. */
const trialName = ({ metadata, spec }: Database): string => `${metadata.name}-try-${hash('sha256', JSON.stringify([metadata.uid, spec.image, parametersText(spec.parameters ?? {})])).slice(0, 6)}`;

const hasCondition = ({ status }: Read<Job>, wanted: 'Complete' | 'Failed'): boolean => status?.conditions?.some((condition) => condition.type === wanted && condition.status === 'True') ?? false;

const removal = (trial: Read<Job>): Effect[] => deletionOf('jobs', trial);

/** What PostgreSQL said when it refused: it ends with 1 or 2 then. */
function wordsOf(trial: Read<Job>, pods: readonly Read<Pod>[]): string | undefined {
  const pod = pods.find((one) => isControlledBy(one, trial));
  const ended = pod?.status?.containerStatuses?.[0]?.state?.terminated;
  return ended !== undefined && [1, 2].includes(ended.exitCode) ? lastLines(ended.message) : undefined;
}
