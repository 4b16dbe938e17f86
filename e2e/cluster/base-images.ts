import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDir, contentHash, publish } from '../lib/cache.ts';
import { withLock } from '../lib/lock.ts';
import { run } from '../lib/run.ts';
import { step } from '../lib/step.ts';
import { writeImageArchive } from './image-archive.ts';

const BUSYBOX = '/bin/busybox';
const STAND_IN = { 'org.opencontainers.image.description': 'Stand-in of the e2e test ground under the name of the public image' };

/** The images the node itself cannot do without, as archives: what holds a pod's namespaces, and a shell for the provisioner. */
export async function ensureBaseImages(): Promise<string[]> {
  const folder = join(cacheDir(), 'images', `base-${inputsHash()}`);
  const archives = { pause: join(folder, 'pause.tar'), busybox: join(folder, 'busybox.tar') };
  if (Object.values(archives).every((file) => existsSync(file))) return Object.values(archives);
  await withLock(`${folder}.lock`, () =>
    step('Images pause and busybox', { usually: '2 s' }, async () => {
      await publish(archives.pause, pauseArchive);
      await publish(archives.busybox, busyboxArchive);
    }),
  );
  return Object.values(archives);
}

async function pauseArchive(file: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'e2e-pause-'));
  try {
    const binary = join(folder, 'pause');
    await run('gcc', ['-Os', '-static', '-s', '-o', binary, pauseSource()]);
    await writeImageArchive(file, {
      tag: 'registry.k8s.io/pause:3.10',
      files: { pause: binary },
      config: { Entrypoint: ['/pause'], User: '65535:65535', Labels: STAND_IN },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function busyboxArchive(file: string): Promise<void> {
  const { stdout } = await run(BUSYBOX, ['--list-full']);
  const applets = stdout.split('\n').filter((path) => path !== '' && path !== 'bin/busybox');
  await writeImageArchive(file, {
    tag: 'docker.io/library/busybox:stable',
    files: { 'bin/busybox': BUSYBOX },
    links: Object.fromEntries(applets.map((path) => [path, BUSYBOX])),
    config: { Cmd: ['sh'], Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], Labels: STAND_IN },
  });
}

function inputsHash(): string {
  const sources = [pauseSource(), join(import.meta.dirname, 'image-archive.ts'), import.meta.filename];
  return contentHash(readFileSync(BUSYBOX), ...sources.map((file) => readFileSync(file)));
}

function pauseSource(): string {
  return join(import.meta.dirname, 'node', 'pause.c');
}
