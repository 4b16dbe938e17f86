// What a namespace looked like when a story failed in it: the namespace is gone by the time that anybody reads of it.
import { afterEach } from 'vitest';
import type { Kubectl } from './kubectl.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** What was there when the test failed; `npm test` shows it at its end. */
    evidence?: readonly string[];
  }
}

/** Lines of a log that tell of trouble, as PostgreSQL and our own programs write them. */
const TROUBLE = /FATAL|PANIC|ERROR|"level":"(warn|error)"|"outcome":"failed"|terminated by signal|shutdown request|^postgres-operator:/;
const LINES_OF_A_LOG = 8;
const EVENTS = 15;

const ENDS = ['-o', 'jsonpath={range .items[*]}{.metadata.name}{" "}{.status.phase}{range .status.containerStatuses[*]} {.name}: {.restartCount} restarts {.state.terminated.reason} {.lastState.terminated.reason} {.lastState.terminated.exitCode}{end}{"\\n"}{end}'];

/** Keeps with each test of this file that fails what its namespace looks like. */
export function keepEvidence(kubectl: Kubectl): void {
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') task.meta.evidence = await gather(kubectl).catch((error: unknown) => [`nothing: ${String(error)}`]);
  });
}

async function gather(kubectl: Kubectl): Promise<string[]> {
  const asked = async (...args: string[]): Promise<string[]> => (await kubectl.attempt(...args)).stdout.split('\n').filter((line) => line !== '');
  const [pods, events] = await Promise.all([asked('get', 'pods', ...ENDS), asked('get', 'events', '--field-selector', 'type=Warning', '--sort-by', '.lastTimestamp', '--no-headers')]);
  const logs = await Promise.all(
    pods.map(async (pod) => {
      const name = pod.split(' ')[0] ?? '';
      const lines = [...(await asked('logs', name, '--all-containers', '--previous', '--tail=200')), ...(await asked('logs', name, '--all-containers', '--tail=400'))];
      return lines.filter((line) => TROUBLE.test(line)).slice(-LINES_OF_A_LOG).map((line) => `${name}: ${line}`);
    }),
  );
  return [...pods, ...events.slice(-EVENTS), ...logs.flat()];
}
