// manifest.json of a backup, as far as a download needs it: docs/backup-format.md. Pure.
import { createHash } from 'node:crypto';
import { Exit, PluginError } from '../exit.ts';

/** A file of the backup as it is stored. */
export interface StoredFile {
  readonly storedAs: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What is read of it. */
export interface Manifest {
  readonly files: readonly StoredFile[];
  /** Of the pg_dump that wrote the archive: an older pg_restore cannot read it. */
  readonly clientVersion: string | undefined;
  readonly encoding: string;
}

/** As it is written. */
interface Written {
  readonly files: readonly { readonly name: string; readonly storedAs?: string; readonly bytes: number; readonly sha256: string }[];
  readonly clientVersion?: string;
  readonly database?: { readonly encoding?: string };
}

/** Reads it. @throws PluginError when it is another one than the Backup was completed with, or names what is no file beside it */
export function readManifest(text: string, { title, sha256 }: { readonly title: string; readonly sha256: string | undefined }): Manifest {
  const digest = createHash('sha256').update(text).digest('hex');
  if (sha256 !== undefined && digest !== sha256) throw new PluginError(Exit.failed, `${title} is not what was stored: its manifest.json has SHA-256 ${digest} instead of ${sha256}`);
  const { files, clientVersion, database } = JSON.parse(text) as Written;
  const stored = files.map(({ name, storedAs = name, bytes, sha256: ofFile }) => {
    if (!/^[\w.-]+$/.test(storedAs) || storedAs.startsWith('.')) throw new PluginError(Exit.failed, `The manifest of ${title} names a file ${JSON.stringify(storedAs)}, which is none of a backup`);
    return { storedAs, bytes, sha256: ofFile };
  });
  return { files: stored, clientVersion, encoding: database?.encoding ?? 'UTF8' };
}

/** What a person types to restore it without the operator. */
export function byHand({ files, clientVersion, encoding }: Manifest, folder: string): string {
  const dump = files.find(({ storedAs }) => storedAs.startsWith('dump'))?.storedAs ?? 'dump.pgcustom.zst';
  const globals = files.find(({ storedAs }) => storedAs.startsWith('globals'))?.storedAs;
  return [
    `To restore it by hand, with zstd and the clients of PostgreSQL${clientVersion === undefined ? '' : ` ${clientVersion.split('.')[0] ?? ''} or newer`}:`,
    `  cd ${inShell(folder)}`,
    ...(globals === undefined ? [] : [`  zstd --decompress --stdout ${globals} | psql --dbname=postgres   # roles, on a new server`]),
    `  createdb --template=template0 --encoding=${inShell(encoding)} restored`,
    `  zstd --decompress --stdout ${dump} | pg_restore --no-owner --exit-on-error --dbname=restored`,
  ].join('\n');
}

/** A word as a shell takes it. */
const inShell = (word: string): string => (/^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`);
