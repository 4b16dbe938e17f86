import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RunError, messageOf } from './errors.ts';

/** The identities that a Job mounts: who dumps, who swaps, who loads. */
export type Identity = 'backup' | 'superuser' | 'owner';

/** A login, held in memory only. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Reads the login of an identity from its folder. */
export async function readCredentials(folder: string, identity: Identity): Promise<Credentials> {
  const read = async (file: string): Promise<string> => withoutNewline(await readFile(join(folder, identity, file), 'utf8'));
  try {
    return { user: await read('username'), password: await read('password') };
  } catch (cause) {
    throw new RunError('InvalidRequest', `the credentials of "${identity}" are not mounted: ${messageOf(cause)}`, { cause });
  }
}

/** Editors and `echo` add one newline to a file; more than one belongs to the value. */
export const withoutNewline = (text: string): string => text.replace(/\r?\n$/, '');
