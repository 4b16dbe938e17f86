// manifest.json of a backup, as far as a download needs it: docs/backup-format.md. Pure.
import { createHash } from 'node:crypto';
import { Exit, PluginError } from '../exit.ts';

/** A file of the backup as it is stored. */
export interface StoredFile {
  readonly storedAs: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Reads it. @throws PluginError when it is another one than the Backup was completed with, or names what is no file beside it */
export function filesOf(text: string, { title, sha256 }: { readonly title: string; readonly sha256: string | undefined }): StoredFile[] {
  const digest = createHash('sha256').update(text).digest('hex');
  if (sha256 !== undefined && digest !== sha256) throw new PluginError(Exit.failed, `${title} is not what was stored: its manifest.json has SHA-256 ${digest} instead of ${sha256}`);
  const { files } = JSON.parse(text) as { readonly files: readonly { readonly name: string; readonly storedAs?: string; readonly bytes: number; readonly sha256: string }[] };
  return files.map(({ name, storedAs = name, ...rest }) => {
    if (!/^[\w.-]+$/.test(storedAs) || storedAs.startsWith('.')) throw new PluginError(Exit.failed, `The manifest of ${title} names a file ${JSON.stringify(storedAs)}, which is none of a backup`);
    return { storedAs, bytes: rest.bytes, sha256: rest.sha256 };
  });
}

/** What a person types to restore it without the operator, from within the folder. */
export function byHand(files: readonly StoredFile[]): string {
  const dump = files.find(({ storedAs }) => storedAs.startsWith('dump'))?.storedAs ?? 'dump.pgcustom.zst';
  const globals = files.find(({ storedAs }) => storedAs.startsWith('globals'))?.storedAs;
  return [
    'To restore it by hand, with zstd and the clients of PostgreSQL:',
    ...(globals === undefined ? [] : [`  zstd --decompress --stdout ${globals} | psql --dbname=postgres   # roles, on a new server`]),
    '  createdb --template=template0 --encoding=UTF8 restored',
    `  zstd --decompress --stdout ${dump} | pg_restore --no-owner --exit-on-error --dbname=restored`,
  ].join('\n');
}
