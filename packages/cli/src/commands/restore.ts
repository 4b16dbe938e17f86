import { isStorageLocation, STORAGE_LOCATION_RULE } from '@postgres-operator/api';
import { RESOURCES } from '@postgres-operator/controller/kube/resources';
import { UsageError } from '../arguments.ts';
import { find } from '../cluster/ask.ts';
import type { Command, Input } from '../command.ts';
import { WAIT_OPTIONS } from '../wait/follow.ts';
import { NAME_OPTION, startRun } from './start-run.ts';

/** Puts the content of a backup into a Database. */
export const restore: Command = {
  name: 'restore',
  usage: 'DATABASE --from BACKUP|SCHEDULE|LOCATION [--wait]',
  summary: 'put the content of a backup into a database, or take that back',
  details:
    'The backup is loaded beside the live database and takes its place when it is complete; a failure leaves the live one as it is.\nWhat was live before is kept for a day, or as long as --keep says, and --undo brings it back. With --beside nothing is replaced.',
  examples: ['shop --from shop-monday --wait', 'shop --from nightly --before 2026-01-05T12:00:00Z', 'shop --from s3://my-backups/demo/shop/shop-monday-1a2b3c4d --credentials bucket-keys', 'shop --from shop-monday --beside shop_monday', 'shop --undo shop-20260105-120000-1a2b --wait'],
  options: {
    ...WAIT_OPTIONS,
    ...NAME_OPTION,
    from: { type: 'string', value: 'BACKUP', description: 'a Backup; a schedule, for its newest good one; or the s3:// or pvc:// location of a backup' },
    before: { type: 'string', value: 'TIME', description: 'only a backup that was completed by then, such as 2026-01-05T12:00:00Z' },
    undo: { type: 'string', value: 'RESTORE', description: 'bring back what this Restore replaced' },
    beside: { type: 'string', value: 'NAME', description: 'restore into a new database of this name on the same server' },
    keep: { type: 'string', value: 'DURATION', description: 'how long what is live now is kept, such as 24h' },
    credentials: { type: 'string', value: 'SECRET', description: 'Secret with the keys of the bucket, for a location' },
  },
  operands: { min: 1, max: 1, of: 'database' },
  async run(context, input) {
    const spec = restoreSpec(input);
    await find(context, RESOURCES.databases, input.operands[0] ?? '');
    if ('backupRef' in spec) await find(context, RESOURCES.backups, input.text('from') ?? '');
    return startRun(context, input, RESOURCES.restores, spec);
  },
};

/** What the options ask for, as fields of a Restore's spec. @throws UsageError */
export function restoreSpec(input: Input): object {
  const [before, beside, keep] = [input.text('before'), input.text('beside'), input.text('keep')];
  return {
    ...sourceOf(input),
    ...(before !== undefined && { before }),
    ...(beside !== undefined && { targetDatabaseName: beside }),
    ...(keep !== undefined && { keepPrevious: keep }),
  };
}

function sourceOf(input: Input): object {
  const [from, undo, credentials] = [input.text('from'), input.text('undo'), input.text('credentials')];
  if ((from === undefined) === (undo === undefined)) throw new UsageError('restore: say what to restore, --from a backup or --undo a Restore (kubectl db list shows which there are)', restore);
  if (credentials !== undefined && from?.includes('://') !== true) throw new UsageError('restore: --credentials is for a location: a Backup knows its own', restore);
  if (undo !== undefined) return { source: { previousOf: undo } };
  if (from?.includes('://') !== true) return { backupRef: { name: from } };
  if (!isStorageLocation(from)) throw new UsageError(`--from ${STORAGE_LOCATION_RULE}`, restore);
  return { source: { location: from, ...(credentials !== undefined && { credentialsRef: { name: credentials } }) } };
}
