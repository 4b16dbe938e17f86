import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Run } from '../environment.ts';
import { findClients, parseToolVersion } from './client-tools.ts';

let toolsFolder: string;
beforeEach(async () => void (toolsFolder = await mkdtemp(join(tmpdir(), 'clients-'))));
afterEach(() => rm(toolsFolder, { recursive: true }));

async function install(folder: string, says: string): Promise<void> {
  const bin = join(toolsFolder, folder, 'bin');
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, 'pg_dump'), `#!/bin/sh\necho '${says}'\n`);
  await chmod(join(bin, 'pg_dump'), 0o755);
}

async function find(folder = toolsFolder): Promise<{ versions: Record<string, string>; lines: unknown[] }> {
  const lines: unknown[] = [];
  const run = { environment: { toolsFolder: folder }, log: (message, fields) => void lines.push({ message, ...fields }) } as Pick<Run, 'environment' | 'log'>;
  const clients = await findClients(run);
  return { versions: Object.fromEntries(clients.map(({ bin, version }) => [bin.slice(toolsFolder.length), version])), lines };
}

describe('the clients in an image', () => {
  it('are known by what they say they are, not by the folder', async () => {
    await install('14', 'pg_dump (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)');
    await mkdir(join(toolsFolder, '16', 'bin'), { recursive: true });
    await install('common', 'pg_dump (PostgreSQL) 17.12');
    expect(await find()).toEqual({ versions: { '/14/bin': '15.20' }, lines: [] });
  });

  it('are used all the same when they have known holes, with a warning', async () => {
    await install('16', 'pg_dump (PostgreSQL) 16.4');
    await install('18', 'pg_dump (PostgreSQL) 18.6');
    const { versions, lines } = await find();
    expect(versions).toEqual({ '/16/bin': '16.4', '/18/bin': '18.6' });
    expect(lines).toEqual([{ message: 'client older than the security floor', level: 'warn', clientVersion: '16.4', floor: '16.15', folder: join(toolsFolder, '16/bin') }]);
  });

  it('are none where there is no folder', async () => {
    expect(await find(join(toolsFolder, 'none'))).toEqual({ versions: {}, lines: [] });
  });
});

describe('what pg_dump says of its version', () => {
  it.each([
    ['pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n', { version: '15.18', major: 15 }],
    ['pg_dump (PostgreSQL) 17beta1\n', { version: '17beta1', major: 17 }],
    ['something else', undefined],
  ])('%j', (line, parsed) => expect(parseToolVersion(line)).toEqual(parsed));
});
