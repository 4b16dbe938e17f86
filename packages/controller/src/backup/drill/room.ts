// How much room a drill's server needs. Pure.
import { DRILL_VOLUME, quantityValue, type Backup } from '@postgres-operator/api';

const MI = 1024 ** 2;
/** What initdb makes, write-ahead log, and files that sorts need for a while. */
const SERVER_BYTES = 256 * MI;
/** A row's header and its line pointer: they are in no dump. */
const BYTES_A_ROW = 28;

/** The size that a Backup's drills have, as a quantity. */
export const volumeSizeOf = ({ spec }: Backup): string => spec.verification?.volumeSize ?? DRILL_VOLUME;

/** Bytes that a Backup is likely to need: its rows, and as much again for their indexes. Undefined for one that does not say how big it is. */
export function neededBytes({ status }: Backup): number | undefined {
  const { plainBytes, rows = 0 } = status ?? {};
  return plainBytes === undefined ? undefined : SERVER_BYTES + 2 * (plainBytes + BYTES_A_ROW * rows);
}

/** Why a Backup does not fit, with the size that it needs; undefined when it does. */
export function lackOfRoom(backup: Backup): string | undefined {
  const [needed, size] = [neededBytes(backup), volumeSizeOf(backup)];
  if (needed === undefined || needed <= (quantityValue(size) ?? 0)) return undefined;
  return `A drill of this Backup needs about ${Math.ceil(needed / MI)}Mi, and verification.volumeSize is ${size}. Set it to ${Math.ceil(needed / MI)}Mi or more, and annotate this Backup to try again`;
}
