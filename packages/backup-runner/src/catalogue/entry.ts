// What a manifest comes to that was found in a bucket: whoever may write there may have made it up. Pure.
import { nameOfBackupFolder, type CatalogueSucceeded } from '@postgres-operator/api';
import { countsOf, dumpFileOf, knownFilesOf, type Manifest } from '../storage/manifest.ts';
import type { StoredManifest } from '../storage/contract.ts';
import type { Candidate } from './candidates.ts';

/** A backup, as the result of a scan tells of it. */
export type Entry = CatalogueSucceeded['backups'][number];
/** Why a folder is not taken for a backup. */
export interface Refusal {
  readonly problem: string;
}

/** What a scan reads at most of one manifest: with a hundred bytes a table, of 160,000 tables. A Restore reads larger ones. */
export const MOST_MANIFEST_BYTES = 16 * 1024 * 1024;

/** A clock may be so much ahead. A backup of a later time would be the newest for years. */
const AHEAD_MS = 3_600_000;

const UID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const PRINTABLE = /^[ -~]+$/;
const MAX_VERSION = 64;

/** What speaks against a folder before its manifest is read. */
export function refuseUnread({ manifestBytes }: Candidate): Refusal | undefined {
  return manifestBytes > MOST_MANIFEST_BYTES ? { problem: `its manifest has ${manifestBytes} bytes, too many for a scan` } : undefined;
}

/** The entry of a backup, or what speaks against it, at a moment (milliseconds since the epoch). */
export function entryOf(candidate: Candidate, { manifest, sha256 }: StoredManifest, now: number): Entry | Refusal {
  const dump = dumpFileOf(manifest);
  const problem = whatIsWrong(candidate, manifest, now);
  if (dump === undefined || problem !== undefined) return { problem: problem ?? 'its manifest names no dump' };
  return {
    folder: candidate.folder,
    manifestSha256: sha256,
    finishedAt: new Date(manifest.finishedAt).toISOString(),
    bytes: dump.bytes,
    plainBytes: dump.plainBytes,
    ...countsOf(manifest),
    serverVersion: manifest.serverVersion.slice(0, MAX_VERSION),
    ...(manifest.selection !== undefined && { partial: true }),
  };
}

function whatIsWrong({ folder, sizes }: Candidate, manifest: Manifest, now: number): string | undefined {
  const { kind, name, uid } = manifest.object;
  if (kind !== 'Backup' || !UID.test(uid) || folder !== nameOfBackupFolder({ name, uid })) return 'its manifest is that of another backup';
  const finishedAt = Date.parse(manifest.finishedAt);
  if (Number.isNaN(finishedAt)) return 'its manifest does not say when it was finished';
  if (finishedAt > now + AHEAD_MS) return 'its manifest is of a time that has not come';
  if (!PRINTABLE.test(manifest.serverVersion)) return 'its manifest does not say which server was dumped';
  const missing = knownFilesOf(manifest).find((file) => sizes.get(file.storedAs ?? file.name) !== file.bytes);
  return missing === undefined ? undefined : `its ${missing.name} is missing, or has not the ${missing.bytes} bytes of the manifest`;
}
