import { isStorageLocation, STORAGE_LOCATION_RULE } from '@postgres-operator/api';
import { RESOURCES } from '@postgres-operator/controller/kube/resources';
import { UsageError } from '../arguments.ts';
import { find } from '../cluster/ask.ts';
import type { Command, Input } from '../command.ts';
import { WAIT_OPTIONS } from '../wait/follow.ts';
import { NAME_OPTION, startRun } from './start-run.ts';

/** Backs a Database up, now and once. */
export const backup: Command = {
  name: 'backup',
  usage: 'DATABASE [--wait]',
  summary: 'back a database up, now and once',
  examples: ['shop --wait', 'shop --name shop-before-release --prove --wait', 'shop --to s3://my-backups/by-hand --credentials bucket-keys'],
  options: {
    ...WAIT_OPTIONS,
    ...NAME_OPTION,
    to: { type: 'string', value: 'LOCATION', description: "s3://bucket/prefix or pvc://claim/path; default: the installation's" },
    credentials: { type: 'string', value: 'SECRET', description: 'Secret with the keys of the bucket' },
    prove: { type: 'boolean', description: 'have it restored by a drill once it is Completed' },
    pin: { type: 'boolean', description: 'retention never deletes it' },
  },
  operands: { min: 1, max: 1, of: 'database' },
  async run(context, input) {
    const spec = backupSpec(input);
    // A Backup would wait for a Database that is not there; a person who mistyped does not mean that.
    await find(context, RESOURCES.databases, input.operands[0] ?? '');
    return startRun(context, input, RESOURCES.backups, spec);
  },
};

/** What the options ask for, as fields of a Backup's spec. @throws UsageError */
export function backupSpec(input: Input): object {
  const [to, credentials] = [input.text('to'), input.text('credentials')];
  if (to !== undefined && !isStorageLocation(to)) throw new UsageError(`--to ${STORAGE_LOCATION_RULE}`, backup);
  return {
    ...(to !== undefined && { storageLocation: to }),
    ...(credentials !== undefined && { credentialsRef: { name: credentials } }),
    ...(input.flag('prove') && { verification: { restore: true } }),
    ...(input.flag('pin') && { pinned: true }),
  };
}
