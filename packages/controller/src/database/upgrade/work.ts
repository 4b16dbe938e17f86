// The Jobs of an upgrade, one after the other: start, follow, do again where that may help. Pure.
import { deletionOf, type Effect } from '../../reconcile/plan.ts';
import { mayPass } from '../../run/attempts.ts';
import { verdict, type Failed, type Succeeded } from '../../run/verdict.ts';
import type { FollowUp } from '../../run/follow-up.ts';
import type { UpgradeJob } from './desired-work.ts';
import { upgradeJobName, type UpgradeWork } from './identity.ts';
import { stay, takeBack, tryAgain, type Seen, type Turn } from './turn.ts';
import { workLeft, type UpgradeWorld } from './world.ts';

/** How often the work of a step is tried where another attempt may fare better. Clients wait meanwhile. */
const MAX_ATTEMPTS = 4;
/** Caches lag, each by another time: only after this long, what a Job has left nothing of is lost. */
const LAG_MS = 5_000;

/** The result of the work, or what there is to be done until it is there. */
export type Work<Command extends Succeeded['command']> = { readonly result: Extract<Succeeded, { command: Command }> } | { readonly turn: Turn };

/** The Job of this attempt. */
export const jobOf = ({ world, upgrade }: Seen, work: UpgradeWork): FollowUp | undefined => world.upgrade.work.find(({ job }) => job.metadata.name === upgradeJobName(world.database, upgrade, work));

/** Has a runner do the work of a step. */
export function workOf<Command extends Succeeded['command']>(seen: Seen, job: UpgradeJob, command: Command): Work<Command> {
  const current = jobOf(seen, job.work);
  if (current === undefined) return { turn: workLeft(seen.world.upgrade) ? stay(seen, { message: 'Waiting for the end of earlier work' }) : stay(seen, {}, { job }) };
  const found = verdict(current.job, current.pods, seen.now);
  switch (found.state) {
    case 'running':
      return { turn: stay(seen, { message: found.message }) };
    case 'succeeded':
      return found.result.command === command ? { result: found.result as Extract<Succeeded, { command: Command }> } : { turn: takeBack(seen, { reason: 'InternalError', message: `Job ${current.job.metadata.name} reported a ${found.result.command}` }) };
    case 'stuck':
      return { turn: takeBack(seen, found, { effects: deletionOf('jobs', current.job) }) };
    case 'failed':
      return { turn: afterFailure(seen, current, found) };
  }
}

function afterFailure(seen: Seen, { job }: FollowUp, failure: Failed): Turn {
  const { reason, message, told } = failure;
  const endedAt = Math.max(...(job.status?.conditions ?? []).map(({ lastTransitionTime }) => Date.parse(String(lastTransitionTime))));
  if (!told && seen.now - endedAt < LAG_MS) return stay(seen, { message: `Job ${job.metadata.name} has ended` });
  return mayPass(failure) && seen.upgrade.attempt < MAX_ATTEMPTS ? tryAgain(seen, `Attempt ${seen.upgrade.attempt} failed (${reason}: ${message})`) : takeBack(seen, { reason, message });
}

/** The end of everything that works for an upgrade. */
export const stopWork = ({ work }: UpgradeWorld): Effect[] => work.flatMap(({ job }) => deletionOf('jobs', job));
