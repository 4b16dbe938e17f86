// What attempts call their files where nothing can be renamed, so that they never touch each other's. Pure.
import { DUMP_FILE, GLOBALS_FILE } from './manifest.ts';

/** The name of a file in one attempt: `dump.pgcustom.zst` becomes `dump.0a1b2c3d.pgcustom.zst`. */
export const nameOfAttempt = (name: string, attempt: string): string => name.replace('.', `.${attempt}.`);

/** What attempts call their files, whichever they are. */
export const isOfAnAttempt = (name: string): boolean =>
  [DUMP_FILE, GLOBALS_FILE].includes(name.replace(/^(\w+)\.[0-9a-f]{8}\./, '$1.')) && ![DUMP_FILE, GLOBALS_FILE].includes(name);
