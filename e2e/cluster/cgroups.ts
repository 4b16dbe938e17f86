import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, kill } from '../lib/process.ts';
import { StepError } from '../lib/error.ts';

const ROOT = '/sys/fs/cgroup';
const SYSTEM = 'system';

/** Creates the cluster's branch in every hierarchy: the kubelet insists on its root being there, with processors to hand out. */
export function createCgroup(path: string): void {
  for (const hierarchy of hierarchies()) {
    const folders = [dirname(path), path, join(path, SYSTEM)].map((part) => join(hierarchy, part));
    for (const folder of folders) {
      mkdirSync(folder, { recursive: true });
      inheritCpuset(folder);
      if (folder !== folders.at(-1)) delegateControllers(folder);
    }
  }
}

/** Moves a process out of the caller's cgroup: whoever clears that one away, say a login session, must not take the cluster along. */
export function joinCgroup(path: string, pid: number): void {
  for (const hierarchy of hierarchies()) attempt(join(hierarchy, path, SYSTEM, 'cgroup.procs'), String(pid));
}

/** Ends whatever still runs in the cluster's branch, which can only be the cluster's, and removes the branch. */
export async function removeCgroup(path: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (hierarchies().some((hierarchy) => existsSync(join(hierarchy, path)))) {
    for (const hierarchy of hierarchies()) await clear(join(hierarchy, path));
    if (Date.now() > deadline) throw new StepError(`could not remove the cgroups ${path}: a process in them does not end`);
    await sleep(20);
  }
  for (const hierarchy of hierarchies()) removeEmpty(join(hierarchy, dirname(path)));
}

async function clear(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  for (const child of subfolders(folder)) await clear(child);
  for (const pid of processes(folder)) await kill(identify(pid), 1000);
  removeEmpty(folder);
}

/** Version 1 has a folder for each controller, version 2 is the one tree; a hybrid system has both. */
function hierarchies(): string[] {
  if (existsSync(join(ROOT, 'cgroup.controllers'))) return [ROOT];
  // Some names are links to a shared hierarchy (cpu -> cpu,cpuacct); visiting those twice does no harm.
  return readdirSync(ROOT).map((name) => join(ROOT, name)).filter((folder) => existsSync(join(folder, 'cgroup.procs')));
}

/** A new version 1 cpuset is empty and takes no process until it is told which processors and memory it has. */
function inheritCpuset(folder: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const own = join(folder, file);
    const parent = join(dirname(folder), file);
    if (!existsSync(own) || existsSync(join(folder, 'cgroup.controllers')) || !existsSync(parent)) continue;
    if (readFileSync(own, 'utf8').trim() === '') attempt(own, readFileSync(parent, 'utf8').trim());
  }
}

/** Version 2 hands controllers down one level at a time, starting above the new folder. */
function delegateControllers(folder: string): void {
  for (const parent of [dirname(folder), folder]) {
    const available = join(parent, 'cgroup.controllers');
    if (!existsSync(available)) continue;
    for (const controller of readFileSync(available, 'utf8').split(/\s+/).filter(Boolean)) {
      attempt(join(parent, 'cgroup.subtree_control'), `+${controller}`);
    }
  }
}

function subfolders(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
}

function processes(folder: string): number[] {
  try {
    return readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Not there, or another cluster's branch is below it, or a process is about to leave it: the caller looks again.
  }
}

function attempt(file: string, value: string): void {
  try {
    writeFileSync(file, value);
  } catch {
    // Not every hierarchy takes every process or controller; what the kubelet cannot do without, it names itself.
  }
}
