// Several jobs of pg_restore need an archive that each of them can read where it likes.
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RestoreRequest } from '@postgres-operator/api';
import type { Run } from '../environment.ts';
import { RunError, codeOf, messageOf } from '../errors.ts';
import { digest } from '../stages/measure.ts';
import { decompress } from '../stages/zstd.ts';
import { requireSame } from '../storage/verify.ts';
import type { OpenBackup } from './verified-backup.ts';

interface Staging {
  readonly run: Run;
  readonly backup: OpenBackup;
  readonly request: Pick<RestoreRequest, 'stagingBytes'>;
  readonly watch: Duplex;
}

/** Decompresses a dump into the staging folder, lets `work` use the file, and removes it. */
export async function withStaged<T>({ run, backup, request, watch }: Staging, work: (file: string) => Promise<T>): Promise<T> {
  const { source, file } = backup;
  const path = join(run.environment.stagingFolder, 'dump.pgcustom');
  // More than the volume's limit would have the pod evicted, without a word.
  if (file.plainBytes > (request.stagingBytes ?? Infinity)) throw stagingFull(run, file.plainBytes, `it has ${request.stagingBytes}`);
  const seen = digest();
  try {
    await pipeline(await source.open(file), seen.stream, decompress(), watch, createWriteStream(path, { mode: 0o600 }), { signal: run.signal });
    requireSame(file, { bytes: seen.bytes(), sha256: seen.sha256() }, source.location);
    return await work(path);
  } catch (error) {
    throw ['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '') ? stagingFull(run, file.plainBytes, messageOf(error)) : error;
  } finally {
    await rm(path, { force: true });
  }
}

const stagingFull = ({ environment }: Run, bytes: number, why: string): RunError =>
  new RunError('StorageFull', `a restore with several jobs needs ${bytes} bytes in its staging folder ${environment.stagingFolder}, and ${why}: give it more room, or restore with one job`);
