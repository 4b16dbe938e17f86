// The only way a password reaches pg_dump and pg_restore: a file that only this user reads. Never argv, never the environment.
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Credentials } from '../credentials.ts';
import { RunError } from '../errors.ts';

/** The line of a password file for one user, wherever it connects. */
export function passwordLine({ user, password }: Credentials): string {
  if (/[\r\n\0]/.test(user + password)) {
    throw new RunError('AuthenticationFailed', `the username or password of ${JSON.stringify(user)} holds a line break, which PostgreSQL's password file cannot`);
  }
  return `*:*:*:${escape(user)}:${escape(password)}\n`;
}

/** Writes a password file, lets `work` use its path, and removes it. */
export async function withPasswordFile<T>(folder: string, credentials: Credentials, work: (path: string) => Promise<T>): Promise<T> {
  const path = join(folder, `pgpass-${randomBytes(4).toString('hex')}`);
  const line = passwordLine(credentials);
  try {
    await writeFile(path, line, { mode: 0o600, flag: 'wx' });
    return await work(path);
  } finally {
    await rm(path, { force: true });
  }
}

const escape = (field: string): string => field.replace(/[\\:]/g, String.raw`\$&`);
