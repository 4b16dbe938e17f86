import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { aBackup, aPod, condition } from '../../test/objects.ts';
import { paperCluster, paperPace } from '../../test/paper-cluster.ts';
import { paperTerminal } from '../../test/paper-terminal.ts';
import { COMMANDS } from '../commands/index.ts';
import { Exit, PluginError } from '../exit.ts';
import { program } from '../program.ts';
import { standOfReader } from './reader.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const manifestOf = (files: readonly { readonly name: string; readonly storedAs?: string; readonly content: string }[]): string =>
  JSON.stringify({ formatVersion: 1, files: files.map(({ name, storedAs, content }) => ({ name, ...(storedAs !== undefined && { storedAs }), bytes: content.length, sha256: sha256(content) })) });

const folder = mkdtempSync(join(tmpdir(), 'download-'));
afterAll(() => rmSync(folder, { recursive: true }));

const FILES = [{ name: 'dump.pgcustom.zst', content: 'all rows' }, { name: 'globals.sql.zst', content: 'all roles' }];
const MANIFEST = manifestOf(FILES);
const location = 'pvc://shop-backups/demo/shop/monday-1';
const completed = (more: object = {}): ReturnType<typeof aBackup> => aBackup({ status: { phase: 'Completed', backupLocation: location, manifestSha256: sha256(MANIFEST), serverImage: 'postgres:14', conditions: [condition('BackupReady', 'True', 'BackupCompleted')], ...more } });

interface Told {
  readonly code: number;
  readonly words: string;
  readonly left: readonly string[];
  readonly calls: readonly string[];
}

/** Downloads from a claim with these contents by path; a pod runs a second after it was made. */
async function download(name: string, backup: ReturnType<typeof aBackup>, contents: Readonly<Record<string, string>>): Promise<Told> {
  const cluster = paperCluster({ backups: [backup] });
  const terminal = paperTerminal();
  const run = (): void => {
    const pod = cluster.written[0]?.metadata.name ?? '';
    if (cluster.get('pods', pod) !== undefined) cluster.put('pods', { ...aPod(0, undefined), metadata: { ...aPod(0, undefined).metadata, name: pod }, status: { phase: 'Running' } });
  };
  async function* read(_target: object, { path }: { readonly path: string }): AsyncGenerator<Buffer> {
    const content = contents[path.replace('/backups/demo/shop/monday-1/', '')];
    if (content === undefined) throw new PluginError(Exit.cluster, `cat: ${path}: No such file`);
    for (const letter of content) yield await Promise.resolve(Buffer.from(letter));
  }
  const surroundings = { terminal, pace: paperPace(run), signal: new AbortController().signal, reach: () => ({ kube: cluster.kube, namespace: 'demo', close: () => undefined }), read };
  const code = await program(['download', 'monday', '--to', join(folder, name)], COMMANDS, surroundings);
  return { code, words: [...terminal.answer, ...terminal.beside].join('\n'), left: readdirSync(folder).includes(name) ? readdirSync(join(folder, name)).sort() : [], calls: cluster.calls };
}

const stored = { 'manifest.json': MANIFEST, 'dump.pgcustom.zst': 'all rows', 'globals.sql.zst': 'all roles' };

describe('A download', () => {
  test('brings all files and the manifest, and says how they are restored by hand', async () => {
    const told = await download('good', completed(), stored);
    expect(told).toMatchObject({ code: 0, left: ['dump.pgcustom.zst', 'globals.sql.zst', 'manifest.json'] });
    expect(told.words).toMatch(/^Backup monday is in .*good, and is what was stored\. To restore it by hand, [^]*\n {2}zstd --decompress --stdout dump\.pgcustom\.zst \| pg_restore --no-owner --exit-on-error --dbname=restored/);
    expect(readFileSync(join(folder, 'good', 'dump.pgcustom.zst'), 'utf8')).toBe('all rows');
  });

  const foreign = manifestOf([{ name: 'dump.pgcustom.zst', storedAs: '../../.profile', content: 'evil' }]);
  test.each([
    { what: 'a file is another one', name: 'bad', backup: completed(), contents: { ...stored, 'globals.sql.zst': 'all rules' }, words: /globals\.sql\.zst is not what was stored: 9 bytes with SHA-256/ },
    { what: 'a file is cut off', name: 'short', backup: completed(), contents: { ...stored, 'dump.pgcustom.zst': 'all' }, words: /dump\.pgcustom\.zst is not what was stored: 3 bytes/ },
    { what: 'a file is gone', name: 'gone', backup: completed(), contents: { 'manifest.json': MANIFEST }, words: /No such file/ },
    { what: 'the manifest is another one', name: 'other', backup: completed({ manifestSha256: sha256('other') }), contents: stored, words: /Backup monday is not what was stored: its manifest\.json has SHA-256/ },
    { what: 'the manifest leads elsewhere', name: 'evil', backup: completed({ manifestSha256: sha256(foreign) }), contents: { 'manifest.json': foreign, '../../.profile': 'evil' }, words: /names a file "\.\.\/\.\.\/\.profile", which is none of a backup/ },
  ])('leaves nothing, and no pod, when $what', async ({ name, backup, contents, words }) => {
    const told = await download(name, backup, contents as Record<string, string>);
    expect([told.code === 0, told.left]).toEqual([false, []]);
    expect(told.words).toMatch(words);
    expect(told.calls.filter((call) => call.startsWith('delete pods/monday-'))).toHaveLength(1);
  });

  test('of a bucket is a command to type', async () => {
    const told = await download('bucket', completed({ backupLocation: 's3://bucket/demo/shop/monday-1' }), {});
    expect(told).toMatchObject({ code: 1, left: [], words: expect.stringContaining('aws s3 cp --recursive s3://bucket/demo/shop/monday-1 ./monday') as string });
  });

  test('never writes into a folder that is there', async () => {
    await download('twice', completed(), stored);
    expect(await download('twice', completed(), stored)).toMatchObject({ code: 1, words: expect.stringMatching(/twice exists already: choose another folder with --to$/) as string });
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
