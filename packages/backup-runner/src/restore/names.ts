import { shortUid } from '@postgres-operator/api';
import { RunError } from '../errors.ts';

/** The databases of one restore. Never built from the live name: PostgreSQL cuts names at 63 bytes. */
export interface RestoreNames {
  readonly live: string;
  /** Where the content is loaded. */
  readonly beside: string;
  /** What the live one is called after the swap, until it is dropped. */
  readonly previous: string;
}

/** Names that a killed restore may have left. */
export const LEFTOVER_PATTERN = '^(restore|previous)_[0-9a-f]{8}$';

/** Comment on the operator's temporary databases: only what carries it may be dropped. */
export const MARKER = 'postgres-operator: temporary database of a restore';

/** Names the databases of a restore. */
export function restoreNames(live: string, uid: string): RestoreNames {
  const short = shortUid(uid);
  if (!/^[0-9a-f]{8}$/.test(short)) throw new RunError('InvalidRequest', `${JSON.stringify(uid)} is not the UID of an object`);
  return { live, beside: `restore_${short}`, previous: `previous_${short}` };
}

/** A database to be connected to while another is renamed: PostgreSQL renames neither the current one nor one in use. */
export const maintenanceDatabase = (live: string): string => (live === 'postgres' ? 'template1' : 'postgres');
