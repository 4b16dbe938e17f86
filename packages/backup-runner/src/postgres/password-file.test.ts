import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { passwordLine, withPasswordFile } from './password-file.ts';

describe('the line of a password file', () => {
  it.each([
    ['app', 'secret', '*:*:*:app:secret\n'],
    ['a:b', 'c:d', '*:*:*:a\\:b:c\\:d\n'],
    ['a', '\\', '*:*:*:a:\\\\\n'],
    ['a', ' x y ', '*:*:*:a: x y \n'],
    ['ü"$', '$&', '*:*:*:ü"$:$&\n'],
  ])('for %j and %j', (user, password, line) => expect(passwordLine({ user, password })).toBe(line));

  it.each([['a\nb', 'x'], ['a', 'x\ny'], ['a', 'x\ry']])('cannot hold a line break: %j %j', (user, password) => {
    expect(() => passwordLine({ user, password })).toThrow(/line break/);
  });
});

describe('a password file', () => {
  it('is for this user only, and goes when the work ends, also in failure', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'password-file-'));
    const work = withPasswordFile(folder, { user: 'a', password: 'b' }, async (path) => {
      expect(await readFile(path, 'utf8')).toBe('*:*:*:a:b\n');
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      throw new Error('the work failed');
    });
    await expect(work).rejects.toThrow('the work failed');
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });
});
