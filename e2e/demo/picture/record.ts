// What a program prints, with the time of each line.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A line that a program has printed. */
export interface Line {
  readonly text: string;
  /** Seconds since its start. */
  readonly at: number;
}

/** Runs a program in a folder to its end, and shows meanwhile what it prints. @throws Error when it does not end well. */
export async function record(command: string, args: readonly string[], folder: string): Promise<Line[]> {
  const startedAt = performance.now();
  // One pipe for both, so that the lines stand in the order in which they were printed.
  const child = spawn('sh', ['-c', 'exec "$@" 2>&1', 'sh', command, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: Line[] = [];
  createInterface(child.stdout).on('line', (text) => {
    lines.push({ text, at: (performance.now() - startedAt) / 1000 });
    console.error(text);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${code}`);
  return lines;
}
