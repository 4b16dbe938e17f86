// The result of a scan: as many backups as it can hold. Pure.
import { MAX_RESULT_BYTES, type CatalogueSucceeded } from '@postgres-operator/api';
import { shorten } from '../shorten.ts';
import type { Candidate } from './candidates.ts';
import type { Entry, Refusal } from './entry.ts';

/** What has been found so far. */
export type Page = Pick<CatalogueSucceeded, 'backups' | 'refused' | 'orphans' | 'next'>;

/** For what the result says beside it. */
const HEAD_BYTES = 256;
/** Refused ones are counted; so many are told of, each in so many bytes. */
const TOLD = 2;
const MAX_PROBLEM = 240;
/** As many as the contract allows; none is as short as that. */
const MAX_BACKUPS = 64;

/** The page of a result that tells of no backup yet. */
export const emptyPage = (orphans?: Page['orphans']): Page => ({ backups: [], refused: { count: 0, first: [] }, ...(orphans && { orphans }) });

/** The page with what was found in one more folder; undefined when that has no room in it. */
export function withFound(before: Page, { folder, storedAt }: Candidate, found: Entry | Refusal): Page | undefined {
  const next = { storedAt, folder };
  const page = 'problem' in found ? { ...before, refused: withRefused(before.refused, `${folder}: ${found.problem}`), next } : { ...before, backups: [...before.backups, found], next };
  return page.backups.length > MAX_BACKUPS || Buffer.byteLength(JSON.stringify(page)) > MAX_RESULT_BYTES - HEAD_BYTES ? undefined : page;
}

const withRefused = ({ count, first }: Page['refused'], why: string): Page['refused'] => ({ count: count + 1, first: first.length < TOLD ? [...first, shorten(why, MAX_PROBLEM)] : first });
