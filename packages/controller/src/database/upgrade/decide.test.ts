import { timeOf, type Database, type DatabaseSpec, type Upgrade } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aServer } from '../../../test/database-world.ts';
import { aBackup, aDatabase, aJob, anUpgrade, COMPLETED_BACKUP, ended, NOW } from '../../../test/fixtures.ts';
import { aLook, anUpgradingWorld, RESULTS, someWork, UP, type UpgradeParts } from '../../../test/upgrade-world.ts';
import type { DatabaseWorld } from '../world.ts';
import { askedBy } from './asked.ts';
import { decideUpgrade } from './decide.ts';
import { upgradeBackupName } from './identity.ts';
import { upgradePossible, upgradeWait } from './words.ts';

const now = Date.parse(NOW);
const later = (seconds: number): number => now + seconds * 1000;

/** What is the same for each upgrade. */
const withoutId = (name: string): string => name.replace(/(-dddddddd-up|-upgrade)-[0-9a-f]{8}/, '$1');

/** What a look comes to, in a few words: the step, what is started or done, and why. */
function seen(world: DatabaseWorld, at = now): { step: string | undefined; does: string[]; reason: string | undefined } {
  const { effects, job, status } = decideUpgrade(world, at);
  const does = effects.map((effect) => `${effect.do} ${'object' in effect ? effect.object.metadata.name : effect.target.name}`);
  return { step: status.upgrade?.step, does: [...does, ...(job ? [`start ${job.work}`] : [])].map(withoutId), reason: status.upgrade?.reason };
}

const gone = { reachable: false, routed: false };
const backup = aBackup({ status: COMPLETED_BACKUP });
const withBackup = (status: Parameters<typeof aBackup>[0]): Partial<DatabaseWorld> => ({ ...gone, upgrade: { work: [], goodSince: undefined, backup: aBackup(status) } });
const completed: Partial<DatabaseWorld> = withBackup({ status: COMPLETED_BACKUP });
const failed = (reason: string, retryable: boolean): ReturnType<typeof ended> => ended(retryable ? 10 : 20, { v: 1, outcome: 'failed', reason, message: 'no', retryable });
const crashed = [aServer({ state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: ended(1, 'FATAL: no') })];

const CHECKED = [aLook(15), someWork('check', { result: RESULTS.check })];

describe('an upgrade begins', () => {
  const begin = (parts: UpgradeParts): Upgrade | undefined => decideUpgrade(anUpgradingWorld(parts), now).status.upgrade;
  test('with a look, when the spec asks for a newer major', () => {
    expect(begin({})).toEqual(anUpgrade(askedBy(anUpgradingWorld().database)));
  });
  test('not for an image of the same major', () => {
    expect(begin({ spec: { image: 'postgres:14-alpine' } })).toBeUndefined();
  });
  test('not for a Database that never was up', () => {
    expect(decideUpgrade({ ...anUpgradingWorld(), database: aDatabase({ spec: { image: 'postgres:15' } }) }, now).status.upgrade).toBeUndefined();
  });
  test('not again for what was refused', () => {
    expect(begin({ upgrade: { step: 'Refused' } })).toMatchObject({ step: 'Refused' });
  });
  test('not again for an edit that has nothing to do with it', () => {
    expect(begin({ upgrade: { step: 'Failed', generation: 0 }, spec: { replicas: 3, objective: { maxAge: '36h' } } })).toMatchObject({ step: 'Failed', generation: 0 });
  });
  test.each<{ what: string; spec: Partial<DatabaseSpec> }>([
    { what: 'image', spec: { image: 'postgres:15.4' } },
    { what: 'parameters', spec: { parameters: { work_mem: '8MB' } } },
    { what: 'storage', spec: { storage: { size: '20Gi' } } },
    { what: 'resources', spec: { resources: { limits: { memory: '2Gi' } } } },
  ])('again when it could end otherwise, with another $what', ({ spec }) => {
    const { basis = '' } = askedBy(anUpgradingWorld().database);
    expect(begin({ upgrade: { step: 'Failed', basis }, spec })).toMatchObject({ step: 'Checking' });
  });
  test('again when the same is asked for after the old image was put back', () => {
    const putBack = begin({ upgrade: { step: 'Failed', ...askedBy(anUpgradingWorld().database) }, spec: { image: 'postgres:14' } });
    expect(putBack).toEqual(anUpgrade({ step: 'Failed' }));
    expect(decideUpgrade(anUpgradingWorld({ status: { ...UP, upgrade: putBack as Upgrade } }), now).status.upgrade).toMatchObject({ step: 'Checking' });
  });
  test('again when the annotation asks for it', () => {
    const world = anUpgradingWorld({ upgrade: { step: 'Failed' } });
    const asking: Database = { ...world.database, metadata: { ...world.database.metadata, annotations: { 'database.example.com/upgrade': 'again' } } };
    expect(decideUpgrade({ ...world, database: asking }, now).status.upgrade).toMatchObject({ step: 'Checking', request: 'again' });
  });
  test('and knows what earlier ones may have left in the volumes', () => {
    expect(begin({ spec: { image: 'postgres:16' }, made: 15, upgrade: { step: 'Done', basis: '15', earlierMajors: [13] } })).toMatchObject({ from: { major: 15 }, to: { major: 16 }, earlierMajors: [13, 14] });
  });
  test.each<{ why: string; last: Partial<Upgrade>; earlier: object }>([
    { why: 'that of the version it goes to, where that was gone back from', last: { step: 'Done', goesBack: true, from: { image: 'postgres:15', major: 15 }, to: { image: 'postgres:14', major: 14 } }, earlier: { earlierMajors: [15] } },
    { why: 'not that of an attempt which has failed: it bears a mark', last: { step: 'Failed' }, earlier: {} },
    { why: 'not that which a way back came to nothing from', last: { step: 'Failed', goesBack: true, from: { image: 'postgres:15', major: 15 }, to: { image: 'postgres:14', major: 14 } }, earlier: {} },
  ])('and knows of $why', ({ last, earlier }) => {
    const { earlierMajors } = begin({ upgrade: { basis: 'else', ...last } }) ?? {};
    expect({ ...(earlierMajors && { earlierMajors }) }).toEqual(earlier);
  });
  test('not towards an older major of which nothing is kept', () => {
    expect(begin({ spec: { image: 'postgres:14' }, made: 15, upgrade: { step: 'Done', basis: '15' } })).toMatchObject({ step: 'Refused', reason: 'DowngradeRefused' });
  });
  test('back to data that is kept', () => {
    const previous = { image: 'postgres:14', major: 14, replacedAt: NOW };
    expect(begin({ spec: { image: 'postgres:14' }, made: 15, upgrade: { step: 'Done', basis: '15' }, status: { previous } })).toMatchObject({ step: 'Checking', goesBack: true, to: { major: 14 } });
  });
});

describe('a dry run', () => {
  const asking = (image: string, parts: UpgradeParts = {}): DatabaseWorld => {
    const world = anUpgradingWorld({ spec: { image: 'postgres:14' }, ...parts });
    const { metadata } = world.database;
    return { ...world, database: { ...world.database, metadata: { ...metadata, annotations: { 'database.example.com/check-upgrade': image } } } };
  };
  const dry = { dryRun: true, checkedImage: 'postgres:15' } as const;

  test('is the look alone', () => {
    expect(decideUpgrade(asking('postgres:15'), now).status.upgrade).toMatchObject({ step: 'Checking', dryRun: true, to: { image: 'postgres:15', major: 15 } });
    expect(seen(asking('postgres:15', { upgrade: dry, work: CHECKED }))).toMatchObject({ step: 'Checked' });
  });
  test('is made once for an image', () => {
    expect(decideUpgrade(asking('postgres:15', { upgrade: { ...dry, step: 'Checked' } }), now).status.upgrade?.step).toBe('Checked');
    expect(decideUpgrade(asking('postgres:15', { spec: { image: 'postgres:15' }, made: 15, upgrade: { step: 'Done', checkedImage: 'postgres:15' } }), now).status.upgrade?.step).toBe('Done');
  });
  test.each(['postgres:14-alpine', 'postgres:13', 'nothing'])('is not made for %s', (image) => {
    expect(decideUpgrade(asking(image), now).status.upgrade).toBeUndefined();
  });
  test('ends when nobody asks any more', () => {
    expect(seen(asking('postgres:16', { upgrade: dry }))).toMatchObject({ step: 'Failed', reason: 'UpgradeCancelled' });
  });
  test('keeps nobody from the real one, of the same spec too', () => {
    expect(decideUpgrade(anUpgradingWorld({ upgrade: { ...dry, step: 'Checked' } }), now).status.upgrade).toEqual(anUpgrade({ ...askedBy(anUpgradingWorld().database), checkedImage: 'postgres:15' }));
  });
  test('says in a condition what it has found', () => {
    const found = { step: 'Checked', finishedAt: NOW, bytes: 2 ** 20, neededBytes: 2 ** 21, tables: 3, estimatedSeconds: 20 } as const;
    const [condition] = upgradePossible(anUpgrade({ ...dry, ...found }));
    expect(condition).toMatchObject({ status: 'True', message: 'Dry run of a major update from postgres:14 to postgres:15: Checked: it can be made; 1 MiB in 3 tables: clients would be kept out for about 20 s, and the new copy takes about 2 MiB more of the volume' });
    expect(upgradePossible(anUpgrade({ ...dry, step: 'Refused', reason: 'Tablespaces', finishedAt: NOW }))).toMatchObject([{ status: 'False', reason: 'Tablespaces' }]);
  });
});


describe('from step to step', () => {
  test.each<{ why: string; parts: UpgradeParts; step: string; does?: string[]; reason?: string; at?: number }>([
    { why: 'it waits for servers that are not ready', parts: { upgrade: {}, world: gone }, step: 'Checking' },
    { why: 'the image is looked at first', parts: { upgrade: {} }, step: 'Checking', does: ['createJob orders-dddddddd-up-image-1'] },
    { why: 'an image of another major than it says is refused', parts: { upgrade: {}, work: [aLook(16)] }, step: 'Refused', reason: 'ImageOfOtherMajor', does: ['delete orders-dddddddd-up-image-1'] },
    { why: 'then the content is looked at', parts: { upgrade: {}, work: [aLook(15)] }, step: 'Checking', does: ['start check'] },
    { why: 'what is in the way refuses it', parts: { upgrade: {}, work: [aLook(15), someWork('check', { result: { ...RESULTS.check, findings: [{ reason: 'Tablespaces', message: 'there is one' }] } })] }, step: 'Refused', reason: 'Tablespaces', does: ['delete orders-dddddddd-up-image-1', 'delete orders-dddddddd-up-check-1'] },
    { why: 'a check that lost its server is made again', parts: { upgrade: {}, work: [aLook(15), someWork('check', { state: failed('ServerUnreachable', true) })] }, step: 'Checking' },
    { why: 'clients are kept out when nothing is in the way', parts: { upgrade: {}, work: CHECKED }, step: 'Fencing' },
    { why: 'but not while another run is at work', parts: { upgrade: {}, work: CHECKED, world: { jobs: [aJob({ metadata: { labels: { 'database.example.com/run': 'restore' } } })] } }, step: 'Checking' },
    { why: 'nobody is sent away while a Service leads to the server', parts: { upgrade: { step: 'Fencing' } }, step: 'Fencing' },
    { why: 'nor while it leads to one that is not ready', parts: { upgrade: { step: 'Fencing' }, world: { ...gone, routed: true, checks: [] } }, step: 'Fencing' },
    { why: 'nor while a check writes its row', parts: { upgrade: { step: 'Fencing' }, world: { ...gone, checks: [{ job: aJob(), pods: [] }] } }, step: 'Fencing' },
    { why: 'then everybody is', parts: { upgrade: { step: 'Fencing' }, world: { ...gone, checks: [] } }, step: 'Fencing', does: ['start prepare'] },
    { why: 'and what is there is backed up', parts: { upgrade: { step: 'Fencing' }, world: { ...gone, checks: [] }, work: [someWork('prepare', { result: RESULTS.prepare })] }, step: 'BackingUp' },
    { why: 'by a Backup of its own', parts: { upgrade: { step: 'BackingUp' }, world: gone }, step: 'BackingUp', does: ['createIfAbsent orders-upgrade'] },
    { why: 'which is waited for', parts: { upgrade: { step: 'BackingUp' }, world: withBackup({ status: { phase: 'InProgress' } }) }, step: 'BackingUp' },
    { why: 'when it fails, the old servers come back', parts: { upgrade: { step: 'BackingUp' }, world: withBackup({ status: { phase: 'Failed' } }) }, step: 'Returning', reason: 'UpgradeBackupFailed' },
    { why: 'whether it has everything is asked', parts: { upgrade: { step: 'BackingUp' }, world: completed }, step: 'BackingUp', does: ['start verify'] },
    { why: 'when it has, the server is changed', parts: { upgrade: { step: 'BackingUp' }, world: completed, work: [someWork('verify', { result: RESULTS.verify })] }, step: 'Switching' },
    { why: 'when something was written, the old servers come back', parts: { upgrade: { step: 'BackingUp' }, world: completed, work: [someWork('verify', { result: { ...RESULTS.verify, findings: [{ reason: 'WrittenSince', message: 'a row' }] } })] }, step: 'Returning', reason: 'WrittenSince' },
    { why: 'the old server is not taken for the new one', parts: { upgrade: { step: 'Switching' }, world: gone }, step: 'Switching' },
    { why: 'the new one is loaded when it is up', parts: { upgrade: { step: 'Switching' }, made: 15, world: gone }, step: 'Loading' },
    { why: 'a new one in trouble is given some time', parts: { upgrade: { step: 'Switching' }, made: 15, world: { ...gone, pods: crashed } }, at: later(60), step: 'Switching' },
    { why: 'and then given up', parts: { upgrade: { step: 'Switching' }, made: 15, world: { ...gone, pods: crashed } }, at: later(120), step: 'Returning', reason: 'ServerCrashed' },
    { why: 'at once when there is no room for it', parts: { upgrade: { step: 'Loading', attempt: 2 }, made: 15, world: { ...completed, pods: [aServer({ state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: ended(1, 'FATAL: could not write to file: No space left on device') })] } }, at: later(10), step: 'Returning', reason: 'InsufficientSpace' },
    { why: 'going back, there is nothing to load', parts: { upgrade: { step: 'Switching', goesBack: true }, made: 15, world: gone }, step: 'Serving' },
    { why: 'the Backup goes into the new server', parts: { upgrade: { step: 'Loading' }, made: 15, world: completed }, step: 'Loading', does: ['start load'] },
    { why: 'not without it', parts: { upgrade: { step: 'Loading' }, made: 15, world: gone }, step: 'Returning', reason: 'BackupMissing' },
    { why: 'what does not load brings the old servers back', parts: { upgrade: { step: 'Loading' }, made: 15, world: completed, work: [someWork('load', { state: failed('RestoreFailed', false) })] }, step: 'Returning', reason: 'RestoreFailed' },
    { why: 'so does what fails again and again', parts: { upgrade: { step: 'Loading', attempt: 4 }, made: 15, world: completed, work: [someWork('load', { upgrade: { attempt: 4 }, state: failed('ServerUnreachable', true) })] }, step: 'Returning', reason: 'ServerUnreachable' },
    { why: 'clients come in when all is loaded', parts: { upgrade: { step: 'Loading' }, made: 15, world: { ...completed }, work: [someWork('load', { result: RESULTS.load })] }, step: 'Serving' },
    { why: 'after a restart, where settings of the old server need one', parts: { upgrade: { step: 'Loading' }, made: 15, world: completed, work: [someWork('load', { result: { ...RESULTS.load, restartNeeded: true } })] }, step: 'Loading', does: ['delete orders-0'] },
    { why: 'it goes on until all servers are ready', parts: { upgrade: { step: 'Serving' }, made: 15, world: gone }, step: 'Serving' },
    { why: 'and is done then', parts: { upgrade: { step: 'Serving' }, made: 15 }, step: 'Done' },
    { why: 'a spec that asks for the old image ends a look', parts: { upgrade: {}, spec: { image: 'postgres:14' } }, step: 'Failed', reason: 'UpgradeCancelled' },
    { why: 'later it brings the old servers back', parts: { upgrade: { step: 'Loading' }, made: 15, spec: { image: 'postgres:14' } }, step: 'Returning', reason: 'UpgradeCancelled' },
    { why: 'what still loads is stopped first', parts: { upgrade: { step: 'Returning', reason: 'X', message: 'x' }, made: 15, world: gone, work: [someWork('load')] }, step: 'Returning', reason: 'X', does: ['delete orders-dddddddd-up-load-1'] },
    { why: 'clients are kept out until the old server is there', parts: { upgrade: { step: 'Returning', reason: 'X', message: 'x' }, made: 15, world: gone }, step: 'Returning', reason: 'X' },
    { why: 'which is the end of it', parts: { upgrade: { step: 'Returning', reason: 'X', message: 'x' }, world: gone }, step: 'Failed', reason: 'X' },
  ])('$why: $step', ({ parts, at, step, does = [], reason }) => {
    expect(seen(anUpgradingWorld(parts), at)).toEqual({ step, does, reason });
  });

  test('the trouble of a server is told in words that a status takes', () => {
    const world = anUpgradingWorld({ upgrade: { step: 'Switching' }, made: 15, world: { ...gone, pods: crashed } });
    const message = 'pod orders-0: the server ended with exit code 1: FATAL: no';
    expect(decideUpgrade(world, later(120)).status.upgrade).toEqual({ ...world.database.status?.upgrade, step: 'Returning', stepStartedAt: timeOf(later(120)), reason: 'ServerCrashed', message });
  });

  test('another attempt has another number', () => {
    const world = anUpgradingWorld({ upgrade: { step: 'Loading' }, made: 15, world: completed, work: [someWork('load', { state: failed('ServerUnreachable', true) })] });
    expect(decideUpgrade(world, now).status.upgrade).toMatchObject({ step: 'Loading', attempt: 2 });
  });

  test('a Job that left nothing is lost only when caches have had the time to hear of its pod', () => {
    const { job } = someWork('load', { result: RESULTS.load });
    const world = (endedAt: number): DatabaseWorld => {
      const conditions = [{ type: 'Failed', status: 'True', lastTransitionTime: new Date(endedAt).toISOString() }];
      return anUpgradingWorld({ upgrade: { step: 'Loading' }, made: 15, world: completed, work: [{ job: { ...job, status: { conditions } }, pods: [] }] });
    };
    expect([world(later(-1)), world(later(-10))].map((one) => decideUpgrade(one, now).status.upgrade?.attempt)).toEqual([1, 2]);
  });
});

describe('the way back from a new server that is broken', () => {
  const previous = { image: 'postgres:15', major: 15, replacedAt: NOW };
  const parts: UpgradeParts = { spec: { image: 'postgres:14' }, made: 15, upgrade: { from: { image: 'postgres:15', major: 15 }, to: { image: 'postgres:14', major: 14 }, goesBack: true }, world: gone };
  const unready = [aServer({ state: { running: {} } })];
  /** The world in which somebody says that it goes without the Backup. */
  const without = (more: UpgradeParts = {}): DatabaseWorld => {
    const world = anUpgradingWorld({ ...parts, ...more });
    const { database } = world;
    const { upgrade } = database.status ?? {};
    const annotations = { 'database.example.com/go-back-without': upgradeBackupName(database, upgrade as Upgrade) };
    return { ...world, database: { ...database, metadata: { ...database.metadata, annotations } } };
  };

  test('says at once what to do about it', () => {
    const { upgrade } = decideUpgrade(anUpgradingWorld(parts), now).status;
    expect(upgrade).toMatchObject({ step: 'Checking', reason: 'NewServerNotReady' });
    expect(upgrade?.message).toMatch(/^the primary with postgres:15 is not ready, .*kubectl annotate --overwrite database orders database\.example\.com\/go-back-without=orders-upgrade-[0-9a-f]{8}$/);
    expect(upgradeWait(upgrade)).toMatchObject({ reason: 'NewServerNotReady' });
  });
  test('is not kept up by a standby', () => {
    expect(seen(anUpgradingWorld({ ...parts, spec: { image: 'postgres:14', replicas: 2 }, world: {} }))).toMatchObject({ step: 'Fencing' });
  });
  test('goes without the Backup when somebody says so, of this very way back', () => {
    expect(decideUpgrade(without(), now).status.upgrade).toMatchObject({ step: 'Switching', fencedAt: NOW });
    const other = without();
    const stale = { ...other.database.metadata, annotations: { 'database.example.com/go-back-without': 'orders-upgrade-00000000' } };
    expect(seen({ ...other, database: { ...other.database, metadata: stale } })).toMatchObject({ step: 'Checking' });
  });
  test('goes on when it broke later, and says so', () => {
    const returning: UpgradeParts = { upgrade: { ...parts.upgrade, step: 'Returning', reason: 'ServerUnreachable', message: 'no' }, world: { ...gone, pods: unready } };
    expect(seen(without(returning))).toMatchObject({ step: 'Switching' });
    expect(seen(anUpgradingWorld({ ...parts, ...returning }), later(10))).toMatchObject({ step: 'Returning', reason: 'ServerUnreachable' });
    expect(seen(anUpgradingWorld({ ...parts, ...returning }), later(25))).toMatchObject({ step: 'Returning', reason: 'NewServerNotReady' });
  });
  test('keeps the data that no Backup has, until its time is over', () => {
    const { status } = decideUpgrade(anUpgradingWorld({ ...parts, made: 14, upgrade: { ...parts.upgrade, step: 'Switching' } }), now);
    expect(status.previous).toEqual({ ...previous, unsaved: true });
    const kept: UpgradeParts = { ...parts, made: 14, upgrade: { ...parts.upgrade, step: 'Done' }, status: { ...status, ...UP, upgrade: { ...(status.upgrade as Upgrade), step: 'Done' } }, world: { upgrade: { work: [], backup: undefined, goodSince: backup } } };
    expect(decideUpgrade(anUpgradingWorld(kept), later(1e6)).status.previous).toEqual({ ...previous, unsaved: true });
    expect(decideUpgrade(anUpgradingWorld({ ...kept, spec: { image: 'postgres:14', upgrade: { keepPrevious: '0s' } } }), later(1)).status.previous).toBeUndefined();
  });
});

describe('the data of before', () => {
  const previous = { image: 'postgres:14', major: 14, replacedAt: NOW };
  const kept = (parts: UpgradeParts, at: number): boolean => decideUpgrade(anUpgradingWorld({ made: 15, upgrade: { step: 'Done' }, status: { previous, previousImage: 'postgres:14' }, ...parts }), at).status.previous !== undefined;
  const goodSince: UpgradeParts = { world: { upgrade: { work: [], backup: undefined, goodSince: backup } } };

  test('is what an upgrade leaves', () => {
    const world = anUpgradingWorld({ upgrade: { step: 'Loading' }, made: 15, world: completed, work: [someWork('load', { result: RESULTS.load })] });
    expect(decideUpgrade(world, now).status).toMatchObject({ previousImage: 'postgres:14', previous, upgrade: { servedAt: NOW, rows: 30, tables: 3 } });
  });
  test('is not what going back leaves', () => {
    const world = anUpgradingWorld({ upgrade: { step: 'Switching', goesBack: true, backup: 'b' }, made: 15, status: { previous, previousImage: 'postgres:14' }, world: gone });
    expect(Object.keys(decideUpgrade(world, now).status)).toEqual(['upgrade']);
  });
  test.each<{ why: string; parts: UpgradeParts; at: number; is: boolean }>([
    { why: 'stays until there is a good Backup of what came after it', parts: {}, at: later(1e6), is: true },
    { why: 'goes then', parts: goodSince, at: later(10), is: false },
    { why: 'stays as long as the spec says, whatever Backups there are', parts: { ...goodSince, spec: { upgrade: { keepPrevious: '1h' } } }, at: later(3599), is: true },
    { why: 'goes after that time', parts: { spec: { upgrade: { keepPrevious: '1h' } } }, at: later(3600), is: false },
    { why: 'stays while it is under way', parts: { ...goodSince, upgrade: { step: 'Serving' } }, at: later(10), is: true },
  ])('$why', ({ parts, at, is }) => {
    expect(kept(parts, at)).toBe(is);
  });
});

test('people hear when a step begins when clients will probably be let in, as long as that is ahead', () => {
  const over = timeOf(now + 20_000);
  expect(decideUpgrade(anUpgradingWorld({ upgrade: {}, work: CHECKED }), now).notice?.message).toContain(`clients are probably let in at ${over}`);
  const fenced = (seconds: number): string | undefined => decideUpgrade(anUpgradingWorld({ upgrade: { step: 'Fencing', fencedAt: timeOf(now - seconds * 1000), estimatedSeconds: 30 }, world: { ...gone, checks: [] }, work: [someWork('prepare', { result: RESULTS.prepare })] }), now).notice?.message;
  expect(fenced(10)).toContain(`clients are probably let in at ${over}`);
  expect(fenced(31)).not.toContain('probably');
});

test('people hear of each step once', () => {
  const world = anUpgradingWorld({ upgrade: {}, work: CHECKED });
  expect(decideUpgrade(world, now).notice).toMatchObject({ type: 'Normal', what: 'major update: Fencing', reason: 'MajorUpdate' });
  expect(decideUpgrade(anUpgradingWorld({ upgrade: { step: 'Fencing' } }), now).notice).toBeUndefined();
  expect(decideUpgrade(anUpgradingWorld({ upgrade: { step: 'BackingUp' }, world: withBackup({ status: { phase: 'Failed' } }) }), now).notice).toMatchObject({ what: 'major update: Returning', reason: 'UpgradeBackupFailed' });
});

