import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cacheDir, publish } from '../lib/cache.ts';
import { StepError } from '../lib/error.ts';
import { step, type StepLog } from '../lib/step.ts';
import { HOOKS, sourceKey } from './keys.ts';
import { pythonWheel } from './python-wheel.ts';
import { removeSuperseded } from './tidy.ts';
import type { ContextSource, DebianRoot, NpmPackage, RepositoryPath } from './types.ts';

// Every file gets at most this date: the same packages then make the same layer.
const SOURCE_DATE_EPOCH = '1735689600';

/** The file or folder of a source, made if the cache does not have it. */
export async function ensureSource(source: ContextSource): Promise<string> {
  if (source.kind === 'path') return source.path;
  const folder = join(cacheDir(), 'images', 'sources');
  const id = source.name.replaceAll(/[^a-z0-9]+/gi, '-').replace(/^-/, '');
  const target = join(folder, `${id}-${sourceKey(source)}`);
  if (existsSync(target)) return target;
  await publish(target, (temporary) => make(source, temporary));
  removeSuperseded(folder, id);
  return target;
}

function make(source: Exclude<ContextSource, RepositoryPath>, target: string): Promise<void> {
  switch (source.kind) {
    case 'debian-root':
      return debianRoot(source, target);
    case 'npm-package':
      return npmPackage(source, target);
    case 'python-wheel':
      return pythonWheel(source, target);
  }
}

async function debianRoot(root: DebianRoot, target: string): Promise<void> {
  await step(`Debian packages for ${root.name}`, { usually: '20–60 s' }, async (log) => {
    const options = [
      `--variant=${root.variant}`,
      `--include=${root.packages.join(',')}`,
      '--format=tar',
      '--aptopt=APT::Install-Recommends "false"',
      ...(root.takesExpiredIndex === true ? ['--aptopt=Acquire::Check-Valid-Until "false"'] : []),
      '--dpkgopt=force-unsafe-io',
      ...root.exclude.map((path) => `--dpkgopt=path-exclude=${path}`),
      ...(root.hooks.essential === undefined ? [] : [hook('essential', root.hooks.essential)]),
      ...lastHook(root),
    ];
    await log.run('mmdebstrap', [...options, root.suite, target], { env: { SOURCE_DATE_EPOCH, LC_ALL: 'C' } });
  });
}

function lastHook({ variant, hooks }: DebianRoot): string[] {
  if (variant === 'minbase') return [hook('customize', hooks.last)];
  // Here customize hooks do not run, and what would be cleaned up afterwards the script has taken out already.
  return [hook('extract', hooks.last), '--skip=cleanup'];
}

function hook(stage: 'essential' | 'extract' | 'customize', script: string): string {
  return `--${stage}-hook=sh '${join(HOOKS, script).replaceAll("'", `'\\''`)}' "$1"`;
}

async function npmPackage(wanted: NpmPackage, target: string): Promise<void> {
  const members = wanted.files?.map((file) => `package/${file}`) ?? [];
  await step(`npm package ${wanted.name} ${wanted.version}`, { usually: '5–20 s' }, async (log) => {
    mkdirSync(target, { recursive: true });
    const download = mkdtempSync(`${target}-download-`);
    try {
      const archive = await fetchArchive(wanted, download, log);
      await log.run('tar', ['--extract', '--file', archive, '--directory', target, '--strip-components=1', '--no-same-owner', ...members]);
      restoreLinks(target);
    } finally {
      rmSync(download, { recursive: true, force: true });
    }
  });
}

async function fetchArchive({ name, version, integrity }: NpmPackage, folder: string, log: StepLog): Promise<string> {
  const { stdout } = await log.run('npm', ['pack', '--silent', '--pack-destination', folder, `${name}@${version}`]);
  const archive = join(folder, basename(stdout.trim().split('\n').at(-1) ?? ''));
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (found !== integrity) throw new StepError(`${name} ${version} is not what was pinned: expected ${integrity}, got ${found}`);
  return archive;
}

/** npm archives hold no symbolic links; the PostgreSQL packages list theirs in a file. */
function restoreLinks(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    symlinkSync(basename(source), join(folder, target));
  }
}
