import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from './cache.ts';
import { StepError } from './error.ts';
import { withLock } from './lock.ts';
import { run } from './run.ts';
import { step, type StepLog } from './step.ts';

const POLICY = '/usr/sbin/policy-rc.d';
const POLICY_MARK = '# temporary: written while the e2e test ground installs packages';
const APT_ENV = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };

export interface Prerequisites {
  debian: string[];
  root?: boolean;
  /** A folder with a go.mod; the `go` there has to be new enough for it. */
  goModule?: string;
}

/** Makes sure of what the machine has to bring, first thing and in one go: nobody wants to learn of the last item after ten minutes. */
export async function ensurePrerequisites(wanted: Prerequisites): Promise<void> {
  if (isPolicyOurs()) await withLock(aptLock(), () => Promise.resolve(rmSync(POLICY, { force: true })));
  const missing = await missingPackages(wanted.debian);
  const mayInstall = isRoot() && existsSync('/usr/bin/apt-get');
  const problems = [
    ...(wanted.root === true && !isRoot() ? ['root: namespaces, mounts and cgroups need it (run as root)'] : []),
    ...(wanted.goModule === undefined ? [] : await goProblems(wanted.goModule)),
    ...(missing.length > 0 && !mayInstall ? [`Debian packages: apt-get install ${missing.join(' ')}`] : []),
  ];
  if (problems.length > 0) throw new StepError(`This machine lacks:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  if (missing.length > 0) await install(wanted.debian);
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

export async function ensureDebianPackages(names: string[]): Promise<void> {
  await ensurePrerequisites({ debian: names });
}

async function missingPackages(names: string[]): Promise<string[]> {
  if (names.length === 0) return [];
  // Exit code 1 says that some of the names are unknown; those simply do not show in the list. No dpkg at all: all are missing.
  const list = await run('dpkg-query', ['--show', '--showformat=${Package} ${db:Status-Status}\n', ...names], { accept: [1] }).catch(
    () => ({ stdout: '' }),
  );
  const installed = new Set(list.stdout.split('\n').filter((line) => line.endsWith(' installed')).map((line) => line.split(' ')[0]));
  return names.filter((name) => !installed.has(name));
}

async function goProblems(moduleDir: string): Promise<string[]> {
  const [, needed = ''] = /^go (\S+)$/m.exec(readFileSync(`${moduleDir}/go.mod`, 'utf8')) ?? [];
  try {
    // Run in the module: an older `go` may fetch the toolchain the go.mod asks for, or says that it may not.
    await run('go', ['version'], { cwd: moduleDir });
    return [];
  } catch (error) {
    const found = error instanceof StepError && error.exitCode !== 127 ? 'the one found is too old and may not fetch a newer one' : 'none found';
    return [`go ${needed} or newer on the PATH (${found})`];
  }
}

async function install(names: string[]): Promise<void> {
  await withLock(aptLock(), async () => {
    // Asked again under the lock: another clone may just have installed them.
    const missing = await missingPackages(names);
    if (missing.length === 0) return;
    await step(`Debian packages ${missing.join(' ')}`, { usually: '1 min' }, (log) => withoutServices(() => aptInstall(log, missing)));
  });
}

async function aptInstall(log: StepLog, names: string[]): Promise<void> {
  const args = ['install', '--yes', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300', ...names];
  const attempt = await log.run('apt-get', args, { env: APT_ENV, accept: [100] });
  if (attempt.exitCode === 0) return;
  // Either the lists were never fetched or they name versions the mirror no longer has.
  await log.run('apt-get', ['update'], { env: APT_ENV });
  await log.run('apt-get', args, { env: APT_ENV });
}

/** Debian starts the services a package brings (containerd would run on the host); a policy-rc.d that says 101 forbids it. */
async function withoutServices(action: () => Promise<void>): Promise<void> {
  // The owner's own policy stays.
  if (existsSync(POLICY) && !isPolicyOurs()) return action();
  writeFileSync(POLICY, `#!/bin/sh\n${POLICY_MARK}\nexit 101\n`, { mode: 0o755 });
  try {
    await action();
  } finally {
    rmSync(POLICY, { force: true });
  }
}

/** Found outside an installation, it was left by a killed one. */
function isPolicyOurs(): boolean {
  return existsSync(POLICY) && readFileSync(POLICY, 'utf8').includes(POLICY_MARK);
}

function aptLock(): string {
  return join(cacheDir(), 'locks', 'apt.lock');
}
