import type { UpgradeStep } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aDatabase } from '../../../test/fixtures.ts';
import { anUpgradingWorld, someWork, type UpgradeParts } from '../../../test/upgrade-world.ts';
import { decideDatabase } from '../decide.ts';
import { desiredReadOnlyService, desiredService } from '../children/desired-services.ts';
import { upgradeSettings } from './settings.ts';
import { scaleOf, versionToRun } from './versions.ts';

const two = { replicas: 2 };
const runs = (parts: UpgradeParts): string => `${versionToRun(anUpgradingWorld({ spec: two, ...parts })).image} x ${scaleOf(anUpgradingWorld({ spec: two, ...parts })).replicas ?? 'spec'}`;

describe('the servers run', () => {
  test.each<{ why: string; parts: UpgradeParts; is: string }>([
    { why: 'what they ran before anybody looked', parts: {}, is: 'postgres:14 x spec' },
    { why: 'the old version while it is looked at', parts: { upgrade: { step: 'Checking' } }, is: 'postgres:14 x spec' },
    { why: 'and while clients are kept out for the Backup', parts: { upgrade: { step: 'BackingUp' } }, is: 'postgres:14 x spec' },
    { why: 'the new one, and only one of it, from the switch on', parts: { upgrade: { step: 'Switching' } }, is: 'postgres:15 x 1' },
    { why: 'and while it is loaded', parts: { upgrade: { step: 'Loading' }, made: 15 }, is: 'postgres:15 x 1' },
    { why: 'with standbys when it serves', parts: { upgrade: { step: 'Serving' }, made: 15 }, is: 'postgres:15 x spec' },
    { why: 'an image of the same major when it is done', parts: { upgrade: { step: 'Done' }, made: 15, spec: { image: 'postgres:15.next' } }, is: 'postgres:15.next x spec' },
    { why: 'the new one as long as something loads into it, whatever was decided', parts: { upgrade: { step: 'Returning' }, made: 15, work: [someWork('load')] }, is: 'postgres:15 x 1' },
    { why: 'the old one after that', parts: { upgrade: { step: 'Returning' }, made: 15 }, is: 'postgres:14 x 1' },
    { why: 'with its standbys where nothing was switched', parts: { upgrade: { step: 'Returning' } }, is: 'postgres:14 x 2' },
    { why: 'the old one when it was refused', parts: { upgrade: { step: 'Refused' } }, is: 'postgres:14 x spec' },
    { why: 'an image of the old major when it has failed', parts: { upgrade: { step: 'Failed' }, spec: { image: 'postgres:14.next' } }, is: 'postgres:14.next x spec' },
    { why: 'the new one, should somebody delete the StatefulSet', parts: { upgrade: { step: 'Loading' }, world: { statefulSet: undefined } }, is: 'postgres:15 x 1' },
  ])('$why', ({ parts, is }) => {
    expect(runs({ ...parts, spec: { ...two, ...parts.spec } })).toBe(is);
  });

  test('what the spec says where a Database never was up', () => {
    expect(versionToRun({ ...anUpgradingWorld(), database: aDatabase({ spec: { image: 'postgres:16' } }) }).image).toBe('postgres:16');
  });

  test('a StatefulSet that is deleted meanwhile comes back as the upgrade needs it', () => {
    const world = anUpgradingWorld({ upgrade: { step: 'Loading' }, status: { phase: 'Provisioning' }, spec: two, world: { statefulSet: undefined } });
    expect(decideDatabase(world, 0).effects).toContainEqual(expect.objectContaining({ do: 'ensure', resource: 'statefulSets', object: aStatefulSetWith(1) }));
  });
});

const aStatefulSetWith = (replicas: number): unknown => expect.objectContaining({ spec: expect.objectContaining({ replicas, template: expect.objectContaining({ spec: expect.objectContaining({ containers: [expect.objectContaining({ image: 'postgres:15' })] }) }) }) });

describe('Services lead nowhere', () => {
  const labels = (step: UpgradeStep): string[] => {
    const { database } = anUpgradingWorld({ upgrade: { step }, spec: two });
    return [desiredService(database), desiredReadOnlyService(database)].flatMap((service) => Object.keys((service as unknown as { spec: { selector: object } }).spec.selector).filter((key) => key.endsWith('/fenced')));
  };
  test.each<UpgradeStep>(['Fencing', 'BackingUp', 'Switching', 'Loading', 'Returning'])('in step %s', (step) => expect(labels(step)).toHaveLength(2));
  test.each<UpgradeStep>(['Checking', 'Serving', 'Done', 'Refused', 'Failed'])('but not in step %s', (step) => expect(labels(step)).toEqual([]));
});

describe('a Database is Deploying while clients are kept out, however ready its servers are', () => {
  test.each<{ step: UpgradeStep; phase: string }>([
    { step: 'Checking', phase: 'Ready' },
    { step: 'BackingUp', phase: 'Deploying' },
    { step: 'Returning', phase: 'Deploying' },
    { step: 'Done', phase: 'Ready' },
  ])('$step: $phase', ({ step, phase }) => {
    expect(decideDatabase(anUpgradingWorld({ upgrade: { step }, made: step === 'Done' ? 15 : 14 }), 0).status?.phase).toBe(phase);
  });
});

describe('the scripts are told', () => {
  const previous = { image: 'postgres:14', major: 14, replacedAt: '2026-01-01T00:00:00Z' };
  test.each<{ why: string; parts: UpgradeParts; told: string }>([
    { why: 'nothing where nothing was upgraded', parts: {}, told: 'from= to= beside=no served= replaced= kept= remove=no' },
    { why: 'which data is the database while it is looked at', parts: { upgrade: {} }, told: 'from= to= beside=no served=14 replaced=15 kept= remove=no' },
    { why: 'what changes hands, and that the new data may be made', parts: { upgrade: { step: 'Switching', earlierMajors: [13] } }, told: 'from=14 to=15 beside=yes served= replaced=13 kept= remove=no' },
    { why: 'not so when it goes back: that data is there', parts: { upgrade: { step: 'Switching', goesBack: true } }, told: 'from=14 to=15 beside=no served= replaced= kept= remove=no' },
    { why: 'nor when it returns', parts: { upgrade: { step: 'Returning' } }, told: 'from=14 to=15 beside=no served= replaced= kept= remove=no' },
    { why: 'what was replaced, while standbys follow', parts: { upgrade: { step: 'Serving' }, status: { previous } }, told: 'from= to= beside=no served=15 replaced=14 kept=14 remove=no' },
    { why: 'that what is not kept goes when it is done', parts: { upgrade: { step: 'Done', earlierMajors: [13] } }, told: 'from= to= beside=no served=15 replaced=13 14 kept= remove=yes' },
    { why: 'that there may be data in the place of the new, where that was gone back from', parts: { upgrade: { step: 'Switching', earlierMajors: [15] } }, told: 'from=14 to=15 beside=yes served= replaced=15 kept= remove=no' },
    { why: 'but not that it was replaced, once it is the database', parts: { upgrade: { step: 'Done', earlierMajors: [15] } }, told: 'from= to= beside=no served=15 replaced=14 kept= remove=yes' },
    { why: 'that the unfinished goes when it has failed', parts: { upgrade: { step: 'Failed' } }, told: 'from= to= beside=no served=14 replaced=15 kept= remove=yes' },
  ])('$why', ({ parts, told }) => {
    const settings = upgradeSettings(anUpgradingWorld(parts).database);
    const { UPGRADE_FROM: from, UPGRADE_TO: to, UPGRADE_INITIALISES: beside, SERVED_MAJOR: served, REPLACED_MAJORS: replaced, KEPT_MAJOR: kept, REMOVE_OLD: remove } = settings;
    expect(`from=${from} to=${to} beside=${beside} served=${served} replaced=${replaced} kept=${kept} remove=${remove}`).toBe(told);
  });
});

