import { describe, expect, test } from 'vitest';
import { LABEL_BACKUP, LABEL_CHECK, LABEL_DATABASE, LABEL_DRILL, LABEL_UPGRADE } from '@postgres-operator/api';
import { aBackup, aDatabase, aPod, aRestore, condition } from '../test/objects.ts';
import { lost, paperCluster, paperPace, refused, type PaperCluster, type PaperObject } from '../test/paper-cluster.ts';
import { paperTerminal } from '../test/paper-terminal.ts';
import { COMMANDS } from './commands/index.ts';
import { Exit, PluginError } from './exit.ts';
import { program } from './program.ts';

interface Told {
  readonly code: number;
  readonly answer: string;
  readonly beside: string;
}

/** No test here has a pod in which something is run. */
const noPod = (): never => {
  throw new PluginError(Exit.failed, 'there is no pod on paper');
};

/** Runs a command line on a cluster; `onPause` plays the operator while the plugin waits. */
async function tell(line: string, cluster: PaperCluster, onPause?: (seconds: number) => void, signal = new AbortController().signal): Promise<Told> {
  const terminal = paperTerminal();
  const code = await program(line.split(' '), COMMANDS, { terminal, pace: paperPace(onPause), signal, reach: () => ({ kube: cluster.kube, namespace: 'demo', close: () => undefined }), runInPod: noPod });
  return { code, answer: terminal.answer.join('\n'), beside: terminal.beside.join('\n') };
}

const shop = aDatabase({ status: { phase: 'Ready', ready: true, conditions: [condition('Ready', 'True', 'AllChecksPassed')] } });
const done = aBackup({ status: { phase: 'Completed', backupTime: '2026-01-02T03:00:00Z', rows: 7, tables: 1, conditions: [condition('BackupReady', 'True', 'BackupCompleted')] } });
const at = (seconds: number, what: () => void) => (passed: number): void => {
  if (passed === seconds) what();
};

describe('status', () => {
  test.each([
    { what: 'of a database that is well', line: 'status shop', objects: { databases: [shop] }, code: 0, answer: /^Database shop in namespace demo: Ready, postgres:14\n/ },
    { what: 'of one in trouble', line: 'status shop', objects: { databases: [aDatabase()] }, code: 1, answer: /NotObserved/ },
    { what: 'of all', line: 'status', objects: { databases: [shop] }, code: 0, answer: /^DATABASE .*\nshop +Ready/ },
    { what: 'of none', line: 'status', objects: {}, code: 0, beside: 'There is no Database in namespace demo' },
    { what: 'of one that is not there', line: 'status shpo', objects: { databases: [shop] }, code: 1, beside: 'There is no Database shpo in namespace demo. Did you mean shop? There are: shop' },
    { what: 'where there is none', line: 'status shop', objects: {}, code: 1, beside: 'There is no Database shop in namespace demo. There is none at all: is it another namespace (-n)?' },
  ])('$what', async ({ line, objects, code, answer = /^$/, beside = '' }) => {
    const told = await tell(line, paperCluster(objects));
    expect(told).toEqual({ code, answer: expect.stringMatching(answer) as string, beside });
  });

  test('as data, for programs', async () => {
    const { code, answer } = await tell('status shop -o json', paperCluster({ databases: [shop], backups: [done] }));
    expect([code, JSON.parse(answer)]).toEqual([0, expect.objectContaining({ name: 'shop', ready: true, newestBackup: { name: 'monday', time: '2026-01-02T03:00:00Z', rows: 7 }, troubles: [] })]);
  });

  test('for whoever may not list pods', async () => {
    const cluster = paperCluster({ databases: [shop] }, (call) => (call === 'list pods' ? { error: refused(403, 'Forbidden') } : undefined));
    expect(await tell('status shop', cluster)).toMatchObject({ code: 0, answer: expect.stringContaining('not known: pods may not be listed') as string });
  });
});

describe('backup', () => {
  test('creates what its options say, and tells its name', async () => {
    const cluster = paperCluster({ databases: [shop] });
    const { code, answer } = await tell('backup shop --to s3://bucket/there --credentials keys --prove --pin', cluster);
    const [written] = cluster.written;
    expect(written).toMatchObject({ kind: 'Backup', spec: { databaseRef: { name: 'shop' }, storageLocation: 's3://bucket/there', credentialsRef: { name: 'keys' }, verification: { restore: true }, pinned: true } });
    expect(written?.metadata).toEqual({ namespace: 'demo', name: expect.stringMatching(/^shop-20260102-030405-[0-9a-f]{4}$/) as string });
    expect([code, answer]).toEqual([0, `Backup ${written?.metadata.name} is created. It runs in the cluster, whatever becomes of this terminal`]);
  });

  test.each([
    { what: 'a database that is not there', line: 'backup shpo', code: 1, beside: 'There is no Database shpo in namespace demo. Did you mean shop? There are: shop' },
    { what: 'a location that is none', line: 'backup shop --to /tmp', code: 2, beside: /^--to must be s3:/ },
    { what: 'a time that is none', line: 'backup shop --wait --timeout soon', code: 2, beside: /^--timeout is a duration such as 90s or 1h30m, not soon/ },
    { what: 'a name that is taken', line: 'backup shop --name monday', code: 3, beside: 'AlreadyExists' },
  ])('is refused $what, and nothing is created', async ({ line, code, beside }) => {
    const cluster = paperCluster({ databases: [shop], backups: [done] });
    const told = await tell(line, cluster);
    expect([told.code, cluster.written]).toEqual([code, []]);
    expect(told.beside).toMatch(beside);
  });

  const progress = { percent: 50, bytes: 10, observedAt: '2026-01-02T03:04:05Z' };
  const states: Record<string, Parameters<typeof aBackup>[0]> = {
    seen: { status: { phase: 'Pending', conditions: [condition('BackupReady', 'False', 'WaitingForTurn', 'Restore undo goes first')] } },
    half: { status: { phase: 'InProgress', progress } },
    end: { status: { ...done.status } },
    bad: { status: { phase: 'Failed', conditions: [condition('BackupReady', 'False', 'StorageFull', 'the claim is full')] } },
  };
  const play = (cluster: PaperCluster, script: Record<number, string>) => (seconds: number): void => {
    const state = states[script[seconds] ?? ''];
    if (state !== undefined) cluster.put('backups', aBackup(state));
  };

  test('waits for its end, and tells each step once', async () => {
    const cluster = paperCluster({ databases: [shop] });
    const told = await tell('backup shop --name monday --wait', cluster, play(cluster, { 1: 'seen', 4: 'half', 9: 'end' }));
    expect(told).toEqual({
      code: 0,
      answer: 'Backup monday is Completed: 7 rows of 1 tables',
      beside: ['Backup monday is created. It runs in the cluster, whatever becomes of this terminal', 'Backup monday: created', 'Backup monday: WaitingForTurn: Restore undo goes first', 'Backup monday: [############------------]  50 %  0Ki'].join('\n'),
    });
  });

  test('ends with 1 when it Failed', async () => {
    const cluster = paperCluster({ databases: [shop] });
    expect(await tell('backup shop --name monday --wait', cluster, play(cluster, { 1: 'bad' }))).toMatchObject({ code: 1, answer: 'Backup monday has Failed (StorageFull): the claim is full\nIts log: kubectl db logs backup/monday' });
  });

  test('gives the object as data, and all else beside it', async () => {
    const cluster = paperCluster({ databases: [shop] });
    const { code, answer } = await tell('backup shop --name monday --wait -o json', cluster, play(cluster, { 1: 'end' }));
    expect([code, JSON.parse(answer)]).toEqual([0, expect.objectContaining({ kind: 'Backup', status: expect.objectContaining({ phase: 'Completed' }) as object })]);
  });

  test('waits on through a line that is lost, and says so', async () => {
    const cluster = paperCluster({ databases: [shop] }, (call, count) => (call === 'get backups/monday' && count >= 3 && count <= 6 ? { error: lost() } : undefined));
    const told = await tell('backup shop --name monday --wait', cluster, play(cluster, { 1: 'half', 8: 'end' }));
    expect(told).toMatchObject({ code: 0, beside: expect.stringContaining('Backup monday: no answer from the API server for 0s; it goes on without us, and we ask again') as string });
  });

  test('says when no controller looks at it, and that it goes on when the time is over', async () => {
    const told = await tell('backup shop --name monday --wait --timeout 20s', paperCluster({ databases: [shop] }));
    expect([told.code, told.beside.split('\n').slice(-2)]).toEqual([4, [expect.stringMatching(/^Backup monday: no operator has looked at it yet\. Does its controller run\?/), 'Backup monday has not ended within 20s. It goes on in the cluster']]);
  });

  test('says that it goes on when it is interrupted', async () => {
    const person = new AbortController();
    const told = await tell('backup shop --name monday --wait', paperCluster({ databases: [shop] }), at(3, () => person.abort()), person.signal);
    expect(told).toMatchObject({ code: 130, beside: expect.stringMatching(/Interrupted\. Backup monday goes on in the cluster$/) as string });
  });

  test('ends when somebody deletes it', async () => {
    const cluster = paperCluster({ databases: [shop] });
    expect(await tell('backup shop --name monday --wait', cluster, at(2, () => cluster.remove('backups', 'monday')))).toMatchObject({ code: 1, beside: expect.stringMatching(/Backup monday was deleted$/) as string });
  });

  test('is made once, although the answer to the first call is lost', async () => {
    const cluster = paperCluster({ databases: [shop] }, (call, count) => (call.startsWith('create') && count === 1 ? { error: lost(), arrives: true } : undefined));
    expect([(await tell('backup shop', cluster)).code, cluster.written.length]).toEqual([0, 1]);
  });

  test('says that it does not know, where a name that a person chose is taken after a lost answer', async () => {
    const cluster = paperCluster({ databases: [shop] }, (call, count) => (call.startsWith('create') && count === 1 ? { error: lost(), arrives: true } : undefined));
    expect(await tell('backup shop --name monday', cluster)).toMatchObject({ code: 3, beside: expect.stringContaining('it was there before, or a call without an answer has made it') as string });
  });
});

describe('restore', () => {
  const objects = { databases: [shop], backups: [done] };
  test.each([
    { what: 'a Backup', options: '--from monday --before 2026-01-02T00:00:00Z', spec: { backupRef: { name: 'monday' }, before: '2026-01-02T00:00:00Z' } },
    { what: 'a location', options: '--from s3://bucket/there --credentials keys', spec: { source: { location: 's3://bucket/there', credentialsRef: { name: 'keys' } } } },
    { what: 'beside', options: '--from monday --beside shop_monday', spec: { backupRef: { name: 'monday' }, targetDatabaseName: 'shop_monday' } },
    { what: 'what was before', options: '--undo undo --keep 2h', spec: { source: { previousOf: 'undo' }, keepPrevious: '2h' } },
  ])('$what', async ({ options, spec }) => {
    const cluster = paperCluster(objects);
    expect((await tell(`restore shop ${options}`, cluster)).code).toBe(0);
    expect(cluster.written).toEqual([expect.objectContaining({ kind: 'Restore', spec: { databaseRef: { name: 'shop' }, ...spec } })]);
  });

  test.each([
    { what: 'nothing', options: '', code: 2, beside: /say what to restore/ },
    { what: 'two things', options: ' --from monday --undo undo', code: 2, beside: /say what to restore/ },
    { what: 'a Backup that is not there', options: ' --from mondya', code: 1, beside: /^There is no Backup mondya in namespace demo\. Did you mean monday\? There are: monday$/ },
    { what: 'a location that is none', options: ' --from ftp://there', code: 2, beside: /^--from must be s3:/ },
    { what: 'keys for a Backup', options: ' --from monday --credentials keys', code: 2, beside: /--credentials is for a location/ },
  ])('is refused $what, and nothing is created', async ({ options, code, beside }) => {
    const cluster = paperCluster(objects);
    const told = await tell(`restore shop${options}`, cluster);
    expect([told.code, cluster.written]).toEqual([code, []]);
    expect(told.beside).toMatch(beside);
  });
});

describe('list', () => {
  test('shows backups, schedules and restores, the newest first', async () => {
    const schedule = aBackup({ metadata: { name: 'nightly', creationTimestamp: '2026-01-01T00:00:00Z' }, spec: { schedule: '@daily' } });
    const failed = aRestore({ metadata: { creationTimestamp: '2026-01-02T03:02:00Z' }, status: { phase: 'Failed', completedAt: '2026-01-02T03:03:05Z', conditions: [condition('RestoreReady', 'False', 'ServerTooOld')] } });
    const proven = aBackup({ status: { ...done.status, conditions: [condition('RestoreProven', 'True', 'Proven')] } });
    const told = await tell('list shop', paperCluster({ databases: [shop], backups: [schedule, proven], restores: [failed] }));
    expect(told.answer.split('\n')).toEqual([
      'KIND       NAME      DATABASE   PHASE       ENDED      SIZE   TOOK   PROVEN   WHY',
      'Restore    undo      shop       Failed      1m ago     -      -      -        ServerTooOld',
      'Backup     monday    shop       Completed   4m5s ago   -      -      yes      -',
      'Schedule   nightly   shop       Pending     -          -      -      -        -',
    ]);
  });

  test('is a List, as data', async () => {
    const { answer } = await tell('list -o json', paperCluster({ databases: [shop], backups: [done] }));
    expect(JSON.parse(answer)).toMatchObject({ apiVersion: 'v1', kind: 'List', items: [{ metadata: { name: 'monday' } }] });
  });

  test('says that there is nothing', async () => expect(await tell('list shop', paperCluster({ databases: [shop] }))).toEqual({ code: 0, answer: '', beside: 'There is no Backup or Restore of Database shop' }));
});

describe('verify', () => {
  test('asks for a drill, and waits for the answer to this one', async () => {
    const cluster = paperCluster({ backups: [done] });
    const answered = (): void => {
      const { annotations } = cluster.get('backups', 'monday')?.metadata ?? {};
      const [request = ''] = Object.values(annotations ?? {});
      cluster.put('backups', aBackup({ status: { ...done.status, verification: { request }, conditions: [condition('RestoreProven', 'True', 'Proven', '7 rows')] } }));
    };
    expect(await tell('verify monday --wait', cluster, at(5, answered))).toMatchObject({ code: 0, answer: 'Backup monday is proven: 7 rows' });
  });

  test.each([
    { what: 'of a schedule, its newest good run', line: 'verify nightly', backups: [aBackup({ metadata: { name: 'nightly' }, spec: { schedule: '@daily' }, status: { newestGood: 'monday' } }), done], code: 0, answer: 'A drill of Backup monday is asked for' },
    { what: 'nothing of a schedule that has none', line: 'verify nightly', backups: [aBackup({ metadata: { name: 'nightly' }, spec: { schedule: '@daily' } })], code: 1, beside: 'Schedule nightly has no good backup yet' },
    { what: 'nothing of a run that Failed', line: 'verify monday', backups: [aBackup({ status: { phase: 'Failed' } })], code: 1, beside: 'Backup monday is not Completed but Failed: there is nothing stored to look at' },
  ])('drills $what', async ({ line, backups, code, answer = '', beside = '' }) => expect(await tell(line, paperCluster({ backups }))).toEqual({ code, answer, beside }));
});

describe('logs', () => {
  const runner = { name: 'runner', image: '', env: [{ name: 'RUN_REQUEST', value: '{}' }] };
  const podOf = (name: string, labels: Record<string, string>, minute = 0): PaperObject => {
    const pod = aPod(0, undefined, { name, labels, ownerReferences: [], creationTimestamp: `2026-01-02T03:0${minute}:00Z` });
    return { ...pod, spec: { initContainers: [{ name: 'server', image: '' }], containers: [runner] } };
  };
  const pods = [
    podOf('undo-1-x', { 'job-name': 'undo-1' }),
    podOf('undo-2-x', { 'job-name': 'undo-2' }),
    podOf('drill-old', { [LABEL_DRILL]: 'monday' }, 1),
    podOf('drill-new', { [LABEL_DRILL]: 'monday' }, 2),
    podOf('prune', { [LABEL_BACKUP]: 'sunday' }),
    podOf('check-of-shop', { [LABEL_CHECK]: 'x', [LABEL_DATABASE]: 'shop' }),
    podOf('check-of-blog', { [LABEL_CHECK]: 'x', [LABEL_DATABASE]: 'blog' }, 5),
    { ...podOf('listing', { [LABEL_UPGRADE]: 'x', [LABEL_DATABASE]: 'shop' }, 5), spec: { containers: [{ name: 'postgres', image: '' }] } },
    podOf('upgrade', { [LABEL_UPGRADE]: 'x', [LABEL_DATABASE]: 'shop' }),
  ];
  const waiting = aBackup({ status: { phase: 'Pending', conditions: [condition('BackupReady', 'False', 'DatabaseNotReady')] } });
  const objects = { databases: [shop], backups: [waiting], restores: [aRestore({ status: { phase: 'Completed', jobName: 'undo-2' } })] };

  test.each([
    { what: 'a run', line: 'logs restore/undo', pod: 'undo-2-x' },
    { what: 'an earlier attempt', line: 'logs restore/undo --attempt 1', pod: 'undo-1-x' },
    { what: 'the newest drill of a Backup', line: 'logs drill/monday', pod: 'drill-new' },
    { what: 'the deletion of a Backup that is gone', line: 'logs deletion/sunday', pod: 'prune' },
    { what: 'a check of the Database that is asked for', line: 'logs check/shop', pod: 'check-of-shop' },
    { what: 'the runner of an upgrade', line: 'logs upgrade/shop', pod: 'upgrade' },
  ])('of $what', async ({ line, pod }) => expect(await tell(line, paperCluster({ ...objects, pods }))).toEqual({ code: 0, answer: `what runner of ${pod} said`, beside: '' }));

  test.each([
    { what: 'a name without its kind', line: 'logs monday', code: 2, beside: /^logs: say of which kind monday is, such as backup\/monday or restore\/monday/ },
    { what: 'another kind', line: 'logs database/shop', code: 2, beside: /database is none of backup, restore, drill, deletion, scan, check, upgrade/ },
    { what: 'an attempt that is no number', line: 'logs restore/undo --attempt first', code: 2, beside: /--attempt is a number from 1, not first/ },
    { what: 'an attempt of what has none', line: 'logs drill/monday --attempt 1', code: 2, beside: /--attempt is for a backup or restore/ },
    { what: 'a run that has not started', line: 'logs backup/monday', code: 1, beside: /^Backup monday has not started, and has no log: it is Pending \(DatabaseNotReady: why DatabaseNotReady\)$/ },
    { what: 'a run whose pod is gone', line: 'logs restore/undo', code: 1, beside: /^The pod of Restore undo is gone, and its log with it\. The run is Completed$/ },
    { what: 'an attempt that never was', line: 'logs restore/undo --attempt 7', code: 1, beside: /^The pod of attempt 7 of Restore undo is gone/ },
    { what: 'a drill that is gone', line: 'logs drill/monday', code: 1, beside: /^There is no pod of a drill of Backup monday in namespace demo: there was none, or its log is gone with it\. It is kept for as long as spec\.verification\.keepLogs/ },
    { what: 'a drill of nothing', line: 'logs drill/mondya', code: 1, beside: /^There is no Backup mondya in namespace demo\. Did you mean monday\?/ },
  ])('of $what: says what is so', async ({ line, code, beside }) => {
    const told = await tell(line, paperCluster(objects));
    expect(told.code).toBe(code);
    expect(told.beside).toMatch(beside);
  });
});

describe('An API server', () => {
  test.each([
    { what: 'that gives no answer', error: lost(), beside: /^no answer from the API server; asking again\n[^]*Does "kubectl get databases" answer\?/ },
    { what: 'that refuses', error: refused(403, 'Forbidden', 'databases is forbidden'), beside: /^databases is forbidden\nAsk whoever administers the cluster for this right$/ },
    { what: 'without the operator', error: refused(404, 'NotFound', 'the server could not find the requested resource'), beside: /\nIs the operator installed in this cluster\?/ },
  ])('$what', async ({ error, beside }) => {
    const told = await tell('status', paperCluster({}, () => ({ error })));
    expect(told.code).toBe(3);
    expect(told.beside).toMatch(beside);
  });

  test('that answers at the third time is waited for', async () => {
    const cluster = paperCluster({ databases: [shop] }, (call, count) => (call === 'list databases' && count < 3 ? { error: lost() } : undefined));
    expect(await tell('status', cluster)).toMatchObject({ code: 0, beside: ['no answer from the API server; asking again', 'no answer from the API server; asking again'].join('\n') });
  });

  test('that the kubeconfig does not lead to', async () => {
    const terminal = paperTerminal();
    const reach = (): never => {
      throw new Error('The kubeconfig has no context nowhere. It has: here');
    };
    expect(await program(['status'], COMMANDS, { terminal, pace: paperPace(), signal: new AbortController().signal, reach, runInPod: noPod })).toBe(3);
    expect(terminal.beside).toEqual(['No way to a cluster: The kubeconfig has no context nowhere. It has: here']);
  });
});
