// Prometheus and promtool, from Debian's package. It is unpacked, not installed: nothing is to run as a service here.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, publish } from '../lib/cache.ts';
import { withLock } from '../lib/lock.ts';
import { step, type StepLog } from '../lib/step.ts';

/** Paths of the binaries. */
export interface MonitoringTools {
  readonly prometheus: string;
  readonly promtool: string;
}

/** Fetches what is not there yet. */
export async function ensureMonitoringTools(): Promise<MonitoringTools> {
  const folder = join(cacheDir(), 'tools', 'prometheus-debian');
  await withLock(join(cacheDir(), 'locks', 'prometheus-debian.lock'), () =>
    publish(folder, (temporary) => step('Debian package prometheus', { usually: '10 s' }, (log) => unpack(temporary, log))),
  );
  return { prometheus: join(folder, 'usr/bin/prometheus'), promtool: join(folder, 'usr/bin/promtool') };
}

async function unpack(folder: string, log: StepLog): Promise<void> {
  const download = join(folder, 'download');
  mkdirSync(download, { recursive: true });
  const fetch = (accept: number[]): ReturnType<StepLog['run']> => log.run('apt-get', ['download', '-o', 'DPkg::Lock::Timeout=300', 'prometheus'], { cwd: download, accept });
  // Either the lists were never fetched or they name a version that the mirror no longer has.
  if ((await fetch([100])).exitCode !== 0) {
    await log.run('apt-get', ['update'], {});
    await fetch([]);
  }
  for (const name of readdirSync(download)) await log.run('dpkg-deb', ['--extract', join(download, name), folder], {});
  rmSync(download, { recursive: true });
}
