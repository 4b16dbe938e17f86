// What a scan found, in words. Pure.
import { readableBytes, type CatalogueStatus } from '@postgres-operator/api';

/** For people. */
export function foundText({ adopted, known, refused, problems = [], orphans }: CatalogueStatus, place: string): string {
  const parts = [
    `${adopted + known} backups are in ${place}: ${adopted} were adopted, ${known} have a Backup already`,
    ...(refused === 0 ? [] : [`${refused} more were refused, such as ${problems.join('; ')}`]),
    ...(orphans === undefined ? [] : orphansText(orphans)),
  ];
  return parts.join('; ');
}

function orphansText({ count, uploads = 0, bytes, first, removed, problem }: NonNullable<CatalogueStatus['orphans']>): string[] {
  const what = `no part of a backup and older than a day: what killed runs left${uploads === 0 ? '' : ` (${uploads} of it uploads that were never finished)`}`;
  const why = removed === undefined ? 'A scan whose annotation begins with remove-orphans removes it' : `It was not removed: ${problem ?? 'it is not known why'}`;
  return [
    ...(removed === undefined || removed === 0 ? [] : [`what killed runs had left in ${removed} folders was removed`]),
    ...(count === 0 ? [] : [`in ${count} folders, such as ${first.join(', ')}, ${readableBytes(bytes)} are ${what}. ${why}`]),
  ];
}
