// Whose logs there are: the pods of runs, and of all else that runners do. Pure.
import { LABEL_BACKUP, LABEL_CHECK, LABEL_DATABASE, LABEL_DRILL, LABEL_SCAN, LABEL_UPGRADE } from '@postgres-operator/api';

/** Work that is no object of its own. */
interface Work {
  /** What an operand's name names. */
  readonly of: 'Backup' | 'Database';
  /** Its pods may be there when that is no longer. */
  readonly outlives?: true;
  /** What its pods are called by. */
  selector(name: string): string;
  /** How long they stay. */
  readonly kept: string;
}

const label = (name: string) => (value: string): string => `${name}=${value}`;
const ofDatabase = (name: string) => (database: string): string => `${name},${LABEL_DATABASE}=${database}`;

/** By the kind that an operand begins with. */
export const WORK: Readonly<Record<string, Work>> = {
  drill: { of: 'Backup', selector: label(LABEL_DRILL), kept: 'for as long as spec.verification.keepLogs of the Backup says' },
  deletion: { of: 'Backup', outlives: true, selector: label(LABEL_BACKUP), kept: 'for ten minutes after the data of the Backup was deleted' },
  scan: { of: 'Backup', selector: label(LABEL_SCAN), kept: 'for ten minutes after the scan' },
  check: { of: 'Database', selector: ofDatabase(LABEL_CHECK), kept: 'for five minutes after the check' },
  upgrade: { of: 'Database', selector: ofDatabase(LABEL_UPGRADE), kept: 'for a day' },
};
