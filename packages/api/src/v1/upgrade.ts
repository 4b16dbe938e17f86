// What a Database says of an upgrade to another major version, and what can be asked about it.
import { Type, type Static } from 'typebox';
import { duration, int64, stringEnum, time } from '../dialect.ts';
import { UPGRADE_STEPS } from './phases.ts';

/** spec.upgrade of a Database. */
export const upgradeSpec = Type.Object(
  {
    keepPrevious: Type.Optional(
      duration({ description: 'How long the data of the major version before is kept after an upgrade, such as 72h. While it is kept, its image in spec.image goes back to it. Absent: until the next good Backup after the upgrade.' }),
    ),
  },
  { description: 'How the major version in image is changed.' },
);

const properties = {
  image: Type.String({ description: 'The image.' }),
  major: Type.Integer({ description: 'Its major version.', format: 'int32' }),
};

/** status.upgrade of a Database: all that is remembered of an upgrade. */
export const upgradeStatus = Type.Object(
  {
    from: Type.Object(properties, { description: 'What ran before.' }),
    to: Type.Object(properties, { description: 'What it is changed to.' }),
    goesBack: Type.Optional(Type.Boolean({ description: 'True when it leads back to the data of before an upgrade.' })),
    dryRun: Type.Optional(Type.Boolean({ description: 'True when only the checks were asked for.' })),
    step: stringEnum(UPGRADE_STEPS, { description: 'Where it is. Done, Refused and Failed are its ends, and Checked that of a dry run; after all but Done the servers of before run.' }),
    stepStartedAt: time('When that step began.'),
    attempt: Type.Integer({ minimum: 1, format: 'int32', description: 'The how many-th attempt at the work of this step it is.' }),
    generation: Type.Unsafe<number>({ type: 'integer', format: 'int64', minimum: 0, description: 'Which metadata.generation asked for it.' }),
    basis: Type.Optional(Type.String({ description: 'Digest of what the spec said of image, majorVersion, parameters, resources and storage. It is not tried again for the same. Absent once nobody asked for it any more.' })),
    request: Type.Optional(Type.String({ description: 'Value of annotation database.example.com/upgrade that it answers: another one asks for another try.' })),
    earlierMajors: Type.Optional(Type.Array(Type.Integer({ format: 'int32', description: 'A major version.' }), { maxItems: 16, description: 'Major versions of earlier upgrades, of which data may still be in the volumes.' })),
    checkedImage: Type.Optional(Type.String({ description: 'Value of annotation database.example.com/check-upgrade that was answered last.' })),
    startedAt: time('When it began.'),
    fencedAt: Type.Optional(time('Since when clients were kept out.')),
    servedAt: Type.Optional(time('When they were let in again.')),
    finishedAt: Type.Optional(time('When it ended.')),
    backup: Type.Optional(Type.String({ description: 'The Backup that was taken for it.' })),
    bytes: Type.Optional(int64('Size of the database.')),
    neededBytes: Type.Optional(int64('Room on the volume that the new copy will probably need while it is made.')),
    tables: Type.Optional(int64('Tables that were carried over.')),
    rows: Type.Optional(int64('Rows that were carried over, as counted on the new server.')),
    estimatedSeconds: Type.Optional(int64('How long clients will probably be kept out.')),
    percent: Type.Optional(Type.Integer({ minimum: 0, maximum: 100, format: 'int32', description: 'How far the work of this step has come.' })),
    estimatedCompletionTime: Type.Optional(time('When clients will probably be let in again.')),
    notes: Type.Optional(Type.Array(Type.String({ description: 'A finding, for a person.' }), { maxItems: 32, description: 'What the checks found that does not keep it from being made.' })),
    reason: Type.Optional(Type.String({ description: 'Why it was refused or failed, as one word in CamelCase.' })),
    message: Type.Optional(Type.String({ description: 'Why, for a person.' })),
  },
  { description: 'The last change of the major version.' },
);
export type Upgrade = Static<typeof upgradeStatus>;

/** status.previous of a Database: data that can be gone back to. */
export const previousData = Type.Object(
  {
    ...properties,
    replacedAt: time('When it was replaced.'),
    unsaved: Type.Optional(Type.Boolean({ description: 'True when it was gone back from it without a Backup: it is kept, whatever Backups there are, until spec.upgrade.keepPrevious says otherwise.' })),
  },
  { description: 'The data directory of before the last upgrade, while it is kept.' },
);
