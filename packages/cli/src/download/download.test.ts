import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseReadCommand } from '@postgres-operator/api';
import { afterAll, describe, expect, test } from 'vitest';
import { aBackup, aPod, aRunnerJob, condition } from '../../test/objects.ts';
import { paperCluster, paperPace } from '../../test/paper-cluster.ts';
import { paperTerminal } from '../../test/paper-terminal.ts';
import { COMMANDS } from '../commands/index.ts';
import { Exit, PluginError } from '../exit.ts';
import { program } from '../program.ts';
import { standOfReader } from './reader.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const manifestOf = (files: readonly { readonly name: string; readonly storedAs?: string; readonly content: string }[]): string =>
  JSON.stringify({ formatVersion: 1, clientVersion: '16.4', database: { encoding: 'LATIN1' }, files: files.map(({ name, storedAs, content }) => ({ name, ...(storedAs !== undefined && { storedAs }), bytes: content.length, sha256: sha256(content) })) });

const folder = mkdtempSync(join(tmpdir(), 'download-'));
afterAll(() => rmSync(folder, { recursive: true }));

const FILES = [{ name: 'dump.pgcustom.zst', content: 'all rows' }, { name: 'globals.sql.zst', content: 'all roles' }];
const MANIFEST = manifestOf(FILES);
const LOCATION = 'pvc://shop-backups/demo/shop/monday-1';
const completed = (more: object = {}): ReturnType<typeof aBackup> => aBackup({ status: { phase: 'Completed', backupLocation: LOCATION, manifestSha256: sha256(MANIFEST), conditions: [condition('BackupReady', 'True', 'BackupCompleted')], ...more } });

interface Told {
  readonly code: number;
  readonly words: string;
  readonly left: readonly string[];
  /** Of the folder that a download fills. */
  readonly part: readonly string[];
  /** What was read, such as `dump.pgcustom.zst from 3`. */
  readonly reads: readonly string[];
  readonly calls: readonly string[];
  readonly pod: unknown;
}

const entries = (name: string): string[] => (readdirSync(folder).includes(name) ? readdirSync(join(folder, name)).sort() : []);

/** How a line fares: after so many bytes of the nth reading of a file it ends, in the way that is said. */
type Line = (file: string, reading: number) => { readonly after: number; readonly error?: Error } | undefined;
const steady: Line = () => undefined;

/** Downloads from a store with these contents; a pod runs a second after it was made. */
async function download(name: string, backup: ReturnType<typeof aBackup>, contents: Readonly<Record<string, string>>, { line = steady, jobs = [aRunnerJob()] }: { line?: Line; jobs?: ReturnType<typeof aRunnerJob>[] } = {}): Promise<Told> {
  const cluster = paperCluster({ backups: [backup], jobs });
  const terminal = paperTerminal();
  const reads: string[] = [];
  const run = (): void => {
    const pod = cluster.written[0]?.metadata.name ?? '';
    if (cluster.get('pods', pod) !== undefined) cluster.put('pods', { ...aPod(0, undefined), metadata: { ...aPod(0, undefined).metadata, name: pod }, status: { phase: 'Running' } });
  };
  async function* runInPod(_target: object, { command: [, , ...words] }: { readonly command: readonly string[] }): AsyncGenerator<Buffer> {
    const { file = '', from = 0, location } = parseReadCommand(words) ?? {};
    reads.push(`${file} from ${from}`);
    expect(location).toBe(backup.status?.backupLocation);
    const content = contents[file];
    if (content === undefined) throw new PluginError(Exit.failed, `BackupCorrupt: ${file} is missing`);
    const { after = Infinity, error } = line(file, reads.filter((read) => read.startsWith(file)).length) ?? {};
    for (const letter of content.slice(from, from + after)) yield await Promise.resolve(Buffer.from(letter));
    if (error !== undefined) throw error;
  }
  const surroundings = { terminal, pace: paperPace(run), signal: new AbortController().signal, reach: () => ({ kube: cluster.kube, namespace: 'demo', close: () => undefined }), runInPod };
  const code = await program(['download', 'monday', '--to', join(folder, name)], COMMANDS, surroundings);
  return { code, words: [...terminal.answer, ...terminal.beside].join('\n'), left: entries(name), part: entries(`${name}.part`), reads, calls: cluster.calls, pod: cluster.written[0] };
}

const stored = { 'manifest.json': MANIFEST, 'dump.pgcustom.zst': 'all rows', 'globals.sql.zst': 'all roles' };
const WHOLE = ['dump.pgcustom.zst', 'globals.sql.zst', 'manifest.json'];
const broken = new PluginError(Exit.cluster, 'Pod monday: connection reset');
const deleted = (told: Told): number => told.calls.filter((call) => call.startsWith('delete pods/monday-')).length;

describe('A download', () => {
  test('brings all files and the manifest, and says how they are restored by hand', async () => {
    const told = await download('good', completed(), stored);
    expect(told).toMatchObject({ code: 0, left: WHOLE, part: [] });
    expect(told.words).toMatch(
      /^Backup monday is in .*good, and is what was stored\. To restore it by hand, .* PostgreSQL 16 or newer:\n {2}cd .*good\n[^]*--encoding=LATIN1 restored\n {2}zstd --decompress --stdout dump\.pgcustom\.zst \| pg_restore --no-owner --exit-on-error --dbname=restored/,
    );
    expect(readFileSync(join(folder, 'good', 'dump.pgcustom.zst'), 'utf8')).toBe('all rows');
  });

  test('of a bucket goes the same way, in a pod that has the keys and nobody else', async () => {
    const names = [{ name: 'dump.pgcustom.zst', storedAs: 'dump.1a2b.pgcustom.zst', content: 'all rows' }];
    const manifest = manifestOf(names);
    const backup = completed({ backupLocation: 's3://bucket/demo/shop/monday-1', manifestSha256: sha256(manifest) });
    const told = await download('bucket', backup, { 'manifest.json': manifest, 'dump.1a2b.pgcustom.zst': 'all rows' }, { jobs: [aRunnerJob({ secret: 'bucket-keys' })] });
    expect(told).toMatchObject({ code: 0, left: ['dump.1a2b.pgcustom.zst', 'manifest.json'], pod: { spec: { containers: [{ image: 'runner:1', volumeMounts: [{ name: 'credentials', mountPath: '/run/credentials', readOnly: true }] }], volumes: [{ projected: { sources: [{ secret: { name: 'bucket-keys' } }] } }] } } });
    expect(told.calls.filter((call) => call.includes('secrets'))).toEqual([]);
  });

  test.each([
    { what: 'breaks', ends: { after: 3, error: broken } },
    { what: 'ends early without a word', ends: { after: 3 } },
  ])('goes on where it was when the line $what, in the middle of each file', async ({ what, ends }) => {
    const told = await download(`over a line that ${what}`, completed(), stored, { line: (file, reading) => (file !== 'manifest.json' && reading < 3 ? ends : undefined) });
    expect(told).toMatchObject({ code: 0, left: WHOLE, part: [] });
    expect(told.reads.slice(1)).toEqual(['dump', 'globals'].flatMap((name) => [0, 3, 6].map((from) => `${name}${name === 'dump' ? '.pgcustom' : '.sql'}.zst from ${from}`)));
    expect(told.words).toMatch(/dump\.pgcustom\.zst: .* came: .*; asking again/);
  });

  test('reads the manifest anew when the line breaks in it', async () => {
    const told = await download('manifest twice', completed(), stored, { line: (file, reading) => (file === 'manifest.json' && reading === 1 ? { after: 5, error: broken } : undefined) });
    expect(told).toMatchObject({ code: 0, left: WHOLE });
  });

  test('that ends before all is there leaves what has come, and the next one goes on with it', async () => {
    const first = await download('later', completed(), stored, { line: (file, reading) => (file.startsWith('dump') ? { after: reading === 1 ? 3 : 0, error: broken } : undefined) });
    expect(first).toMatchObject({ code: 3, left: [], part: ['dump.pgcustom.zst', 'manifest.json'], words: expect.stringMatching(/What has come is in .*later\.part: the same command goes on with it\n[^]*connection reset$/) as string });
    expect(deleted(first)).toBe(1);
    const second = await download('later', completed(), stored);
    expect(second).toMatchObject({ code: 0, left: WHOLE, part: [] });
    expect(second.reads).toEqual(['manifest.json from 0', 'dump.pgcustom.zst from 3', 'globals.sql.zst from 0']);
  });

  const foreign = manifestOf([{ name: 'dump.pgcustom.zst', storedAs: '../../.profile', content: 'evil' }]);
  test.each([
    { what: 'a file is another one', name: 'bad', backup: completed(), contents: { ...stored, 'dump.pgcustom.zst': 'all rats' }, words: /dump\.pgcustom\.zst is not what was stored: 8 bytes with SHA-256/ },
    { what: 'a file is too long', name: 'long', backup: completed(), contents: { ...stored, 'dump.pgcustom.zst': 'all rows and more' }, words: /dump\.pgcustom\.zst is not what was stored: 17 bytes/ },
    { what: 'a file is gone', name: 'gone', backup: completed(), contents: { 'manifest.json': MANIFEST }, words: /BackupCorrupt: dump\.pgcustom\.zst is missing/ },
    { what: 'the manifest is another one', name: 'other', backup: completed({ manifestSha256: sha256('other') }), contents: stored, words: /Backup monday is not what was stored: its manifest\.json has SHA-256/ },
    { what: 'the manifest leads elsewhere', name: 'evil', backup: completed({ manifestSha256: sha256(foreign) }), contents: { 'manifest.json': foreign, '../../.profile': 'evil' }, words: /names a file "\.\.\/\.\.\/\.profile", which is none of a backup/ },
  ])('leaves nothing under the name that was asked for, and no pod, when $what', async ({ name, backup, contents, words }) => {
    const told = await download(name, backup, contents as Record<string, string>);
    expect([told.code, told.left, told.part.filter((file) => file !== 'manifest.json' && file !== 'dump.pgcustom.zst')]).toEqual([1, [], []]);
    expect(told.words).toMatch(words);
    expect(deleted(told)).toBe(1);
  });

  test('never writes into a folder that is there', async () => {
    await download('twice', completed(), stored);
    expect(await download('twice', completed(), stored)).toMatchObject({ code: 1, words: expect.stringMatching(/twice exists already: choose another folder with --to$/) as string });
  });

  test('never writes over the beginning of another one, nor removes it', async () => {
    mkdirSync(join(folder, 'mine.part'));
    writeFileSync(join(folder, 'mine.part', 'letters'), 'dear');
    expect(await download('mine', completed(), stored)).toMatchObject({ code: 1, part: ['letters'], words: expect.stringMatching(/mine\.part holds something else than the beginning of this backup/) as string });
  });

  test('says what to do where no Job shows the image that reads', async () => {
    expect(await download('nobody', completed(), stored, { jobs: [] })).toMatchObject({ code: 1, words: expect.stringMatching(/A drill makes one: kubectl db verify monday --wait$/) as string, pod: undefined });
  });
});

describe('The pod that reads', () => {
  test.each([
    { what: 'runs', status: { phase: 'Running' }, text: 'Pod shop-0 runs', end: 'well' },
    { what: 'waits for a node', status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', message: 'no node has its volume' }] }, text: 'Pod shop-0: no node has its volume' },
    { what: 'waits for its image', status: { phase: 'Pending', containerStatuses: [{ name: 'reader', image: '', imageID: '', ready: false, restartCount: 0, state: { waiting: { reason: 'ImagePullBackOff' } } }] }, text: 'Pod shop-0: ImagePullBackOff' },
    { what: 'has ended', status: { phase: 'Failed', message: 'evicted' }, text: 'Pod shop-0: evicted', end: 'badly' },
  ])('$what', ({ status, text, end }) => {
    const stand = standOfReader(aPod(0, status));
    expect([stand.text, stand.end]).toEqual([text, end]);
  });
});
