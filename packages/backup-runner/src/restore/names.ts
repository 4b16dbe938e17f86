import { shortUid, type RestoreRequest } from '@postgres-operator/api';
import { RunError } from '../errors.ts';

/** The databases of one restore. Never built from the live name: PostgreSQL cuts names at 63 bytes. */
export interface RestoreNames {
  readonly live: string;
  /** Where the content is loaded. */
  readonly beside: string;
  /** What the live one is called after the swap, until it is dropped. */
  readonly previous: string;
}

/** Names of databases that restores load into. */
export const BESIDE_PATTERN = '^restore_[0-9a-f]{8}$';

/** Names that restores give. */
export const LEFTOVER_PATTERN = '^(restore|previous)_[0-9a-f]{8}$';

const MAX_NAME_BYTES = 63;

/** Names the databases of a restore. */
export function restoreNames(live: string, uid: string): RestoreNames {
  const short = shortUid(uid);
  if (!/^[0-9a-f]{8}$/.test(short)) throw new RunError('InvalidRequest', `${JSON.stringify(uid)} is not the UID of an object`);
  return { live, beside: `restore_${short}`, previous: `previous_${short}` };
}

/** What the database that a restore replaced is called. */
export const previousName = (restoreUid: string): string => restoreNames('', restoreUid).previous;

/** A database to be connected to while another is renamed: PostgreSQL renames neither the current one nor one in use. */
export const maintenanceDatabase = (live: string): string => (live === 'postgres' ? 'template1' : 'postgres');

/** Refuses requests that contradict themselves, and names that PostgreSQL would cut. */
export function requireSense({ targetDatabase, selection, mode, source, server }: RestoreRequest): void {
  if (targetDatabase === undefined) {
    if (selection !== undefined) throw new RunError('InvalidRequest', 'a part of a backup never takes the place of a database; name a targetDatabase for it');
    return;
  }
  const name = JSON.stringify(targetDatabase);
  if (Buffer.byteLength(targetDatabase) > MAX_NAME_BYTES) {
    throw new RunError('InvalidRequest', `the name ${name} has ${Buffer.byteLength(targetDatabase)} bytes, and PostgreSQL cuts names at ${MAX_NAME_BYTES}; choose a shorter one`);
  }
  if (new RegExp(LEFTOVER_PATTERN).test(targetDatabase)) throw new RunError('InvalidRequest', `names like ${name} are the operator's own; choose another`);
  if (targetDatabase === server.database) throw new RunError('InvalidRequest', `${name} is the live database itself; leave targetDatabase away to replace it`);
  if (mode === 'replace' || source.type === 'previous') throw new RunError('InvalidRequest', 'a restore beside the live database replaces nothing, and goes back to nothing');
}
