import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureFolder, hasFolder, removeEmptyFolders, safeParts } from './safe-path.ts';

describe('a path below the claim', () => {
  it.each([
    ['shop/db/nightly', ['shop', 'db', 'nightly']],
    ['a', ['a']],
    ['..a/b..', ['..a', 'b..']],
    ['we"ird $päth/x', ['we"ird $päth', 'x']],
  ])('%j is taken apart', (path, parts) => expect(safeParts(path)).toEqual(parts));

  it.each(['', '/etc', 'a//b', 'a/', '../a', 'a/../../b', './a', 'a/.', 'a\0b'])('%j is refused: it could lead out of the claim', (path) => {
    expect(() => safeParts(path)).toThrow(/must be relative/);
  });
});

describe('folders below the claim', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'safe-path-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('are created one by one, and those that were there are not reported', async () => {
    await mkdir(join(root, 'a'));
    expect(await ensureFolder(root, ['a', 'b', 'c'])).toEqual([join(root, 'a/b'), join(root, 'a/b/c')]);
    expect(await hasFolder(root, ['a', 'b', 'c'])).toBe(true);
  });

  it('that one run created go again, unless something else has moved in', async () => {
    const created = await ensureFolder(root, ['a', 'b', 'c']);
    await mkdir(join(root, 'a/other'));
    await removeEmptyFolders(created);
    expect(await readdir(join(root, 'a'))).toEqual(['other']);
  });

  it('are refused when one is a symbolic link: it could lead to another tenant', async () => {
    await mkdir(join(root, 'other/b'), { recursive: true });
    await symlink(join(root, 'other'), join(root, 'a'));
    const refusal = { reason: 'StorageFailed', message: expect.stringContaining('symbolic link') as string };
    await expect(ensureFolder(root, ['new', 'x'])).resolves.toHaveLength(2);
    await expect(ensureFolder(root, ['a', 'b'])).rejects.toMatchObject(refusal);
    await expect(hasFolder(root, ['a', 'b'])).rejects.toMatchObject(refusal);
  });

  it('that are missing are no error', async () => expect(await hasFolder(root, ['a', 'b'])).toBe(false));
});
