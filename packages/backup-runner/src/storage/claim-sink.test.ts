import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isLeftover, openClaimSink, type ClaimSink } from './claim-sink.ts';

const PATH = 'shop/db/nightly-0a1b2c3d';

describe('an attempt to write a backup', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'claim-sink-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  const write = async (sink: ClaimSink, name: string, text: string): Promise<void> => pipeline([Buffer.from(text)], (await sink.create(name)).output);
  const everything = (): Promise<string[]> => readdir(root, { recursive: true });

  it('has its final name after the commit, and nothing else is left', async () => {
    const sink = await openClaimSink(root, PATH);
    await write(sink, 'dump', 'x');
    expect(await everything()).not.toContain(PATH);
    expect(await sink.commit('{}')).toBe(createHash('sha256').update('{}').digest('hex'));
    expect((await everything()).sort()).toEqual(['shop', 'shop/db', PATH, `${PATH}/dump`, `${PATH}/manifest.json`]);
  });

  it('leaves nothing when it is aborted, not even the folders it created', async () => {
    const sink = await openClaimSink(root, PATH);
    await write(sink, 'dump', 'half');
    await sink.abort();
    expect(await everything()).toEqual([]);
  });

  it('can forget what it wrote, and write it anew', async () => {
    const sink = await openClaimSink(root, PATH);
    await write(sink, 'dump', 'half');
    await sink.startOver();
    await write(sink, 'dump', 'whole');
    await sink.commit('{}');
    expect(await readFile(join(root, PATH, 'dump'), 'utf8')).toBe('whole');
  });

  it('keeps the folders of others when it is aborted', async () => {
    await mkdir(join(root, 'shop/db/other'), { recursive: true });
    await (await openClaimSink(root, PATH)).abort();
    expect((await everything()).sort()).toEqual(['shop', 'shop/db', 'shop/db/other']);
  });

  it('loses whole against another that was first', async () => {
    const first = await openClaimSink(root, PATH);
    await first.commit('first');
    const second = await openClaimSink(root, PATH);
    await expect(second.commit('second')).rejects.toMatchObject({ reason: 'StorageFailed', retryable: true });
    await second.abort();
    expect(await readFile(join(root, PATH, 'manifest.json'), 'utf8')).toBe('first');
    expect(await readdir(join(root, 'shop/db'))).toEqual(['nightly-0a1b2c3d']);
  });

  it('removes what a killed attempt at the same backup left, and nobody else’s', async () => {
    const killed = await openClaimSink(root, PATH);
    await write(killed, 'dump', 'half');
    const other = await openClaimSink(root, 'shop/db/other');
    await writeFile(join(root, 'shop/db/.nightly-0a1b2c3d.notes'), 'a person’s');
    const next = await openClaimSink(root, PATH);
    await expect(stat(killed.folder)).rejects.toThrow(/ENOENT/);
    await expect(stat(other.folder)).resolves.toBeDefined();
    await expect(stat(join(root, 'shop/db/.nightly-0a1b2c3d.notes'))).resolves.toBeDefined();
    await next.abort();
  });

  it('writes a file once', async () => {
    const sink = await openClaimSink(root, PATH);
    await write(sink, 'dump', 'x');
    await expect(sink.create('dump')).rejects.toMatchObject({ reason: 'StorageFailed' });
    await sink.abort();
  });

  it('gives the group what it wrote: a claim is shared through fsGroup', async () => {
    const umask = process.umask(0o007);
    const sink = await openClaimSink(root, PATH).finally(() => process.umask(umask));
    expect((await stat(sink.folder)).mode & 0o777).toBe(0o770);
    await sink.abort();
  });
});

describe('a name beside the final one', () => {
  it.each([
    ['.nightly.0a1b2c3d.partial', true],
    ['.nightly.0a1b2c3d.partial.txt', false],
    ['.nightly.x.partial', false],
    ['.nightly-2.0a1b2c3d.partial', false],
    ['nightly', false],
  ])('%s is a leftover of "nightly": %s', (entry, expected) => expect(isLeftover(entry, 'nightly')).toBe(expected));
});
