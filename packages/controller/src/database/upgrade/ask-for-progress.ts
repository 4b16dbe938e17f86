import { lastProgress } from '@postgres-operator/api';
import type { PodLogs } from '../../kube/pod-logs.ts';
import { RUNNER_CONTAINER } from '../../run/desired-job.ts';
import { isAtWork, PROGRESS_LINES } from '../../run/progress.ts';
import type { DatabaseWorld } from '../world.ts';

/** The world with what the runner says that loads into a new server. Whatever keeps it from answering is no matter of the upgrade. */
export async function askForUpgradeProgress(logs: PodLogs, world: DatabaseWorld, signal: AbortSignal): Promise<DatabaseWorld> {
  if (world.database.status?.upgrade?.step !== 'Loading') return world;
  const pod = world.upgrade.work.flatMap(({ pods }) => pods).find(isAtWork);
  if (pod === undefined) return world;
  const lines = await logs.tail(pod.metadata, { container: RUNNER_CONTAINER, lines: PROGRESS_LINES }, signal).catch(() => '');
  return { ...world, upgrade: { ...world.upgrade, progress: lastProgress(lines) } };
}
