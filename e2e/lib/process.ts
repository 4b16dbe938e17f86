import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process, not just its number: numbers are reused, the time of start (with the boot it counts from) is not. */
export interface ProcessIdentity {
  pid: number;
  started: string;
}

export function identify(pid: number): ProcessIdentity | undefined {
  const fields = statFields(pid);
  const ticks = fields?.[19];
  // A zombie has ended; only its parent has not noticed.
  if (ticks === undefined || fields?.[0] === 'Z') return undefined;
  return { pid, started: `${bootId()}:${ticks}` };
}

export function isAlive(identity: ProcessIdentity | undefined): boolean {
  return identity !== undefined && identify(identity.pid)?.started === identity.started;
}

/** Ends the process, if it is still the one that was recorded, and waits until it is gone. */
export async function kill(identity: ProcessIdentity | undefined, timeoutMs = 5000): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (identity !== undefined && isAlive(identity)) {
    if (Date.now() > deadline) return false;
    signal(identity.pid);
    await sleep(20);
  }
  return true;
}

export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone between the look and the signal.
  }
}

/** The fields of /proc/PID/stat from the state on: the command name before them may hold blanks and brackets. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
