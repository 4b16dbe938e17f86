// Which scan a schedule is asked for, and how far it is. Pure.
import { ANNOTATION_SCAN, MAX_SCAN_REQUEST, SCAN_REMOVES_ORPHANS, type Backup, type CatalogueStatus } from '@postgres-operator/api';
import { digestOf } from '../reconcile/digest.ts';
import { nameOfWork } from '../run/desired-job.ts';

/** The scan that is to be made or under way; undefined when none was asked for, or the last one has ended. */
export function scanOf({ metadata, status }: Backup): CatalogueStatus | undefined {
  const request = metadata.annotations?.[ANNOTATION_SCAN]?.slice(0, MAX_SCAN_REQUEST) ?? '';
  if (request === '' || metadata.deletionTimestamp !== undefined) return undefined;
  const known = status?.catalogue;
  if (known?.request !== request) return { request, page: 1, adopted: 0, known: 0, refused: 0 };
  return known.completedAt === undefined ? known : undefined;
}

/** True for one that also removes what killed runs left: the first of its Jobs does. */
export const removesOrphans = ({ request, page }: CatalogueStatus): boolean => page === 1 && request.startsWith(SCAN_REMOVES_ORPHANS);

/** Number of the attempt at a page, from 1. */
export const scanAttemptOf = ({ attempt = 1 }: CatalogueStatus): number => attempt;

/** Each attempt at each page has a Job of its own. */
export const scanJobName = (schedule: Backup, scan: CatalogueStatus): string => nameOfWork(schedule, `scan-${digestOf(scan.request).slice(0, 8)}-${scan.page}-${scanAttemptOf(scan)}`);
