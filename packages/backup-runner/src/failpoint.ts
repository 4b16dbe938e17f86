// Where tests end a run, to see what the next one makes of it. Nothing sets the variable in a pod; whoever could set it there
// could as well start another program.
import { RunError } from './errors.ts';

/** `<name>:kill` or `<name>:error`. */
export const FAILPOINT_VARIABLE = 'RUNNER_FAILPOINT';

/** Does one step of a run. Before and after it are the places `before-<name>` and `after-<name>`. */
export async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  failpoint(`before-${name}`);
  const result = await work();
  failpoint(`after-${name}`);
  return result;
}

function failpoint(place: string): void {
  const [wanted, how] = (process.env[FAILPOINT_VARIABLE] ?? '').split(':');
  if (wanted !== place) return;
  if (how === 'kill') process.kill(process.pid, 'SIGKILL');
  throw new RunError('InternalError', `the test ended the run at ${place}`);
}
