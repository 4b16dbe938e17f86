import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { parseReadCommand, readCommand } from '@postgres-operator/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POD_ENVIRONMENT } from './environment.ts';
import { readFile } from './read-file.ts';

const LOCATION = 'pvc://backups/shop/db/monday-0a1b2c3d';

/** What was written to it. */
function collect(): { readonly stream: Writable; text(): string } {
  const parts: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      parts.push(Buffer.from(chunk));
      done();
    },
  });
  return { stream, text: () => Buffer.concat(parts).toString() };
}

describe('A file of a backup on a claim', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'read-file-'));
    const folder = join(root, 'shop/db/monday-0a1b2c3d');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'dump.pgcustom.zst'), 'all rows');
    await writeFile(join(root, 'secret'), 'not yours');
    await symlink(join(root, 'secret'), join(folder, 'linked'));
  });
  afterAll(() => rm(root, { recursive: true }));

  it.each([
    { what: 'comes whole', file: 'dump.pgcustom.zst', from: 0, code: 0, bytes: 'all rows', words: /^$/ },
    { what: 'comes from a byte on', file: 'dump.pgcustom.zst', from: 4, code: 0, bytes: 'rows', words: /^$/ },
    { what: 'that is not there is said', file: 'globals.sql.zst', from: 0, code: 20, bytes: '', words: /^BackupCorrupt: .*globals\.sql\.zst is missing/ },
    { what: 'is none outside its folder', file: '../../../secret', from: 0, code: 20, bytes: '', words: /^InvalidRequest: / },
    { what: 'is none behind a link', file: 'linked', from: 0, code: 20, bytes: '', words: /^StorageFailed: .*symbolic link/ },
  ])('$what', async ({ file, from, code, bytes, words }) => {
    const [said, answer] = [collect(), collect()];
    const ended = await readFile({ location: LOCATION, file, from }, { ...POD_ENVIRONMENT, storageFolder: root }, { bytes: answer.stream, words: said.stream });
    expect([ended, answer.text()]).toEqual([code, bytes]);
    expect(said.text()).toMatch(words);
  });
});

describe('What is run in a pod to read a file', () => {
  it('is understood by the program that it starts', () => {
    const asked = { location: LOCATION, file: 'manifest.json', from: 7 };
    expect(parseReadCommand(readCommand(asked).slice(2))).toEqual(asked);
  });

  it.each([[[]], [['dump']], [['read', LOCATION]], [['read', LOCATION, 'manifest.json', '-1']]])('is not %j', (words) => expect(parseReadCommand(words)).toBeUndefined());
});
