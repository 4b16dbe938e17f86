// A scan: Job after Job tells of stored backups, and each that has no Backup gets one. No backup is ever deleted or changed by it. Pure.
import { ConditionType, formatLocation, Reason, setCondition, timeOf, type Backup, type BackupStatus, type CatalogueStatus, type CatalogueSucceeded, type ConditionUpdate } from '@postgres-operator/api';
import { databaseFolder } from '../backup/storage.ts';
import type { Config } from '../config.ts';
import { deletionOf, type Plan } from '../reconcile/plan.ts';
import { mayPass, pauseAfter } from '../run/attempts.ts';
import type { FollowUp } from '../run/follow-up.ts';
import { RECHECK_MS } from '../run/kind.ts';
import { verdict, type Failed, type Stuck } from '../run/verdict.ts';
import { adoptedName, desiredAdopted } from './desired-adopted.ts';
import { desiredScanJob } from './desired-job.ts';
import { foundText } from './found-text.ts';
import { removesOrphans, scanAttemptOf } from './scan.ts';
import type { ScanWorld } from './world.ts';

export type ScanPlan = Plan<BackupStatus>;

type Orphans = NonNullable<CatalogueStatus['orphans']>;

/** So often each page is tried. With their pauses, a storage may be away for some minutes. */
export const SCAN_ATTEMPTS = 5;
/** Names of up to 61 characters, in a variable that takes 128 KiB. */
export const MOST_SPARED = 1500;
/** As many refusals as the status tells of. */
const MOST_PROBLEMS = 5;

/** Decides about a scan that has not ended, at a moment (milliseconds since the epoch). */
export function decideScan(world: ScanWorld, config: Config, now: number): ScanPlan {
  const { object, scan, work, wanted } = world;
  const place = formatLocation(databaseFolder(object, config));
  if (work !== undefined) return follow(world, { work, place }, now);
  const { nextAttemptTime = '', ...begun } = scan;
  const left = Date.parse(nextAttemptTime) - now;
  if (left > 0) return { effects: [], requeueAfterMs: left };
  return { effects: [{ do: 'createJob', object: desiredScanJob(world, isToRemove(world) ? wanted : undefined, config) }], ...underWay(object, { catalogue: begun, place }, now) };
}

/** True where killed runs' remains are to go, and no more is wanted than a Job can be told of. */
const isToRemove = ({ scan, wanted }: ScanWorld): boolean => removesOrphans(scan) && wanted.length <= MOST_SPARED;

/** A scan that goes on. */
function underWay(object: Backup, { catalogue, place }: { catalogue: CatalogueStatus; place: string }, now: number): Pick<ScanPlan, 'status' | 'requeueAfterMs'> {
  const message = `The backups in ${place} are being looked at (${catalogue.adopted + catalogue.known} so far)`;
  return { status: tell(object, { catalogue, status: 'Unknown', reason: Reason.ScanInProgress, message }, now), requeueAfterMs: RECHECK_MS };
}

/** The status of a schedule whose scan could not do what it was to do. */
export const blockedScan = ({ object, scan }: ScanWorld, why: { reason: string; message: string }, now: number): BackupStatus => tell(object, { catalogue: scan, status: 'Unknown', ...why }, now);

function follow(world: ScanWorld, { work, place }: { work: FollowUp; place: string }, now: number): ScanPlan {
  const seen = verdict(work.job, work.pods, now);
  if (seen.state === 'running') return { effects: [], requeueAfterMs: RECHECK_MS };
  if (seen.state === 'succeeded') return seen.result.command === 'catalogue' ? adopt(world, { result: seen.result, place }, now) : failed(world, { state: 'failed', reason: 'InternalError', message: `The runner reported a ${seen.result.command}: it may be of an older version`, told: true }, now);
  // A pod that does not start is not waited for. A scan that is made once more does no harm, so nobody has to be sure of a loss.
  return seen.state === 'stuck' ? { ...failed(world, seen, now), effects: deletionOf('jobs', work.job) } : failed(world, seen, now);
}

/** Backups for what a Job told of; then the next one, or the end. */
function adopt(world: ScanWorld, { result, place }: { result: CatalogueSucceeded; place: string }, now: number): ScanPlan {
  const { object, scan, known, names } = world;
  const unknown = result.backups.filter(({ folder }) => !known.has(folder));
  const [fresh, taken] = [unknown.filter(({ folder }) => !names.has(adoptedName(folder))), unknown.filter(({ folder }) => names.has(adoptedName(folder)))];
  const problems = [...(scan.problems ?? []), ...result.refused.first, ...taken.map(({ folder }) => `${folder}: another Backup has the name ${adoptedName(folder)}`)].slice(0, MOST_PROBLEMS);
  const orphans = result.orphans ? withReason(world, result.orphans) : scan.orphans;
  const catalogue: CatalogueStatus = {
    request: scan.request,
    page: scan.page,
    adopted: scan.adopted + fresh.length,
    known: scan.known + result.backups.length - unknown.length,
    refused: scan.refused + result.refused.count + taken.length,
    ...(problems.length > 0 && { problems }),
    ...(orphans && { orphans }),
  };
  const effects = fresh.map((entry) => ({ do: 'createIfAbsent', resource: 'backups', object: desiredAdopted(object, entry) }) as const);
  if (result.next !== undefined) return { effects, ...underWay(object, { catalogue: { ...catalogue, page: scan.page + 1, after: result.next }, place }, now) };
  const message = foundText(catalogue, place);
  const status = tell(object, { catalogue: { ...catalogue, completedAt: timeOf(now) }, status: 'True', reason: Reason.Scanned, message }, now);
  return { effects, status, notice: { type: catalogue.refused > 0 || (orphans?.count ?? 0) > 0 ? 'Warning' : 'Normal', what: 'was scanned for', reason: Reason.Scanned, message } };
}

/** A Job that was to remove them, and does not say that it did, could not be told to or did not understand. */
function withReason({ scan, wanted }: ScanWorld, orphans: Orphans): Orphans {
  if (!removesOrphans(scan) || orphans.removed !== undefined) return orphans;
  const problem = wanted.length > MOST_SPARED ? `the Database has more than ${MOST_SPARED} Backups, too many to tell a Job of` : 'the runner may be of an older version';
  return { ...orphans, removed: 0, problem };
}

function failed({ object, scan }: ScanWorld, failure: Failed | Stuck, now: number): ScanPlan {
  const why = `${failure.reason}: ${failure.message}`;
  const attempt = scanAttemptOf(scan);
  if (failure.state === 'failed' && mayPass(failure) && attempt < SCAN_ATTEMPTS) {
    const pause = pauseAfter(attempt);
    const message = `Attempt ${attempt} of ${SCAN_ATTEMPTS} failed (${why}); the next one starts at ${timeOf(now + pause)}`;
    const catalogue = { ...scan, attempt: attempt + 1, nextAttemptTime: timeOf(now + pause) };
    return { effects: [], status: tell(object, { catalogue, status: 'Unknown', reason: Reason.WaitingForRetry, message }, now), requeueAfterMs: pause };
  }
  const message = `The scan ended after ${scan.adopted + scan.known} backups (${why}). A new value of the annotation asks for another`;
  const status = tell(object, { catalogue: { ...scan, completedAt: timeOf(now) }, status: 'False', reason: Reason.ScanFailed, message }, now);
  return { effects: [], status, notice: { what: 'could not be scanned for', reason: Reason.ScanFailed, message } };
}

function tell({ metadata, status }: Backup, { catalogue, ...update }: Omit<ConditionUpdate, 'type'> & { readonly catalogue: CatalogueStatus }, now: number): BackupStatus {
  const condition = { type: ConditionType.CatalogueScanned, ...update };
  return { ...status, catalogue, conditions: setCondition(status?.conditions ?? [], condition, { generation: metadata.generation ?? 0, now: timeOf(now) }) };
}
