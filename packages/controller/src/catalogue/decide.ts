// A scan: Job after Job tells of stored backups, and each that has no Backup gets one. Nothing is ever deleted or changed by it. Pure.
import { ConditionType, formatLocation, readableBytes, Reason, setCondition, timeOf, type Backup, type BackupStatus, type CatalogueStatus, type CatalogueSucceeded, type ConditionUpdate } from '@postgres-operator/api';
import { databaseFolder } from '../backup/storage.ts';
import type { Config } from '../config.ts';
import { deletionOf, type Plan } from '../reconcile/plan.ts';
import { mayPass, pauseAfter } from '../run/attempts.ts';
import type { FollowUp } from '../run/follow-up.ts';
import { RECHECK_MS } from '../run/kind.ts';
import { verdict, type Failed, type Stuck } from '../run/verdict.ts';
import { desiredAdopted } from './desired-adopted.ts';
import { desiredScanJob } from './desired-job.ts';
import { scanAttemptOf } from './scan.ts';
import type { ScanWorld } from './world.ts';

export type ScanPlan = Plan<BackupStatus>;

/** So often each page is tried. With their pauses, a storage may be away for some minutes. */
export const SCAN_ATTEMPTS = 5;
/** As many refusals as the status tells of. */
const MOST_PROBLEMS = 5;

/** Decides about a scan that has not ended, at a moment (milliseconds since the epoch). */
export function decideScan(world: ScanWorld, config: Config, now: number): ScanPlan {
  const { object, scan, work } = world;
  const place = formatLocation(databaseFolder(object, config));
  if (work !== undefined) return follow(world, { work, place }, now);
  const { nextAttemptTime = '', ...begun } = scan;
  const left = Date.parse(nextAttemptTime) - now;
  if (left > 0) return { effects: [], requeueAfterMs: left };
  return { effects: [{ do: 'createJob', object: desiredScanJob(object, scan, config) }], ...underWay(object, { catalogue: begun, place }, now) };
}

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
function adopt({ object, scan, known }: ScanWorld, { result, place }: { result: CatalogueSucceeded; place: string }, now: number): ScanPlan {
  const fresh = result.backups.filter(({ folder }) => !known.has(folder));
  const problems = [...(scan.problems ?? []), ...result.refused.first].slice(0, MOST_PROBLEMS);
  const orphans = result.orphans ?? scan.orphans;
  const catalogue: CatalogueStatus = {
    request: scan.request,
    page: scan.page,
    adopted: scan.adopted + fresh.length,
    known: scan.known + result.backups.length - fresh.length,
    refused: scan.refused + result.refused.count,
    ...(problems.length > 0 && { problems }),
    ...(orphans && { orphans }),
  };
  const effects = fresh.map((entry) => ({ do: 'createIfAbsent', resource: 'backups', object: desiredAdopted(object, entry) }) as const);
  if (result.next !== undefined) return { effects, ...underWay(object, { catalogue: { ...catalogue, page: scan.page + 1, after: result.next }, place }, now) };
  const message = foundText(catalogue, place);
  const status = tell(object, { catalogue: { ...catalogue, completedAt: timeOf(now) }, status: 'True', reason: Reason.Scanned, message }, now);
  return { effects, status, notice: { type: catalogue.refused > 0 || (orphans?.count ?? 0) > 0 ? 'Warning' : 'Normal', what: 'was scanned for', reason: Reason.Scanned, message } };
}

function foundText({ adopted, known, refused, problems = [], orphans }: CatalogueStatus, place: string): string {
  const parts = [
    `${adopted + known} backups are in ${place}: ${adopted} were adopted, ${known} have a Backup already`,
    ...(refused === 0 ? [] : [`${refused} more were refused, such as ${problems.join('; ')}`]),
    ...(orphans === undefined || orphans.count === 0 ? [] : [`${orphans.count} folders (${readableBytes(orphans.bytes)}), such as ${orphans.first.join(', ')}, have no manifest and are older than a day: what killed runs left. Remove them by hand`]),
  ];
  return parts.join('; ');
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
