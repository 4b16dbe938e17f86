// A backup that exists already: what its manifest says is checked, and told once more.
import { shortUid, type DumpRequest, type DumpSucceeded } from '@postgres-operator/api';
import type { Run } from '../environment.ts';
import { RunError } from '../errors.ts';
import { superuserSummary } from '../postgres/superuser-only.ts';
import { DUMP_FILE, countsOf, dumpFileOf, knownFilesOf, sourceOf, type Manifest, type StoredFile } from '../storage/manifest.ts';
import type { BackupSource, StoredManifest } from '../storage/contract.ts';
import { verifyFile } from '../storage/verify.ts';

/** Whose backup is looked for, and where. */
export interface Completed extends Pick<DumpRequest, 'object' | 'destination'> {
  readonly run: Run;
  readonly source: BackupSource;
}

/** An earlier attempt completed and its result was lost: what it wrote is checked and reported, never dumped over. */
export async function reportCompleted({ object, destination, run, source }: Completed, { manifest, sha256 }: StoredManifest): Promise<DumpSucceeded> {
  const { location } = destination;
  refuseForeign({ object, destination }, { manifest });
  const file = dumpFileOf(manifest);
  if (file === undefined) throw new RunError('BackupCorrupt', `the manifest of ${location} names no ${DUMP_FILE}`);
  for (const stored of knownFilesOf(manifest)) await verifyFile(source, stored, run.signal);
  run.log('already dumped', { finishedAt: manifest.finishedAt });
  return succeeded(manifest, file, sha256);
}

/** @throws RunError when a place holds the backup of another object: it is neither written over nor removed. */
export function refuseForeign({ object, destination }: Pick<Completed, 'object' | 'destination'>, { manifest }: Pick<StoredManifest, 'manifest'>): void {
  const { uid, namespace, name } = manifest.object;
  if (uid !== object.uid) throw new RunError('StorageFailed', `${destination.location} already holds the backup ${namespace}/${name} (uid ${shortUid(uid)}…); it is left as it is`);
}

/** The result of a dump, as its manifest has it. */
export const succeeded = (manifest: Manifest, file: StoredFile, manifestSha256: string): DumpSucceeded => ({
  v: 1,
  outcome: 'succeeded',
  command: 'dump',
  location: manifest.location,
  bytes: file.bytes,
  plainBytes: file.plainBytes,
  sha256: file.sha256,
  manifestSha256,
  ...countsOf(manifest),
  ...sourceOf(manifest),
  ...(manifest.superuserOnly !== undefined && { superuserOnly: superuserSummary(manifest.superuserOnly) }),
  serverVersion: manifest.serverVersion,
  clientVersion: manifest.clientVersion,
  startedAt: manifest.startedAt,
  finishedAt: manifest.finishedAt,
});
