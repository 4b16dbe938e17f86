// Runs the runner as a process of its own, as a Job does, with folders of the test.
import { afterAll, beforeAll } from 'vitest';
import type { RunRequest } from '@postgres-operator/api';
import { bundleRunner, startBundle, type Ended, type Pod, type Runner, type RunnerBundle } from './pod.ts';

export { dumpRequest, makePod, mountStore, restoreRequest, type Ended, type Pod, type Runner } from './pod.ts';

/** Bundled as in the image: each of the hundred runs then starts in a third of the time. Not where a file has no test to run: nobody would remove it. */
let bundle: RunnerBundle | undefined;
beforeAll(async () => {
  bundle = await bundleRunner();
});
afterAll(() => bundle?.remove());

/** Starts a runner, if need be through a command that makes its surroundings. */
export const startRunner = (pod: Pod, request: RunRequest, through: readonly string[] = [], variables: Readonly<Record<string, string>> = {}): Runner =>
  startBundle({ entry: bundle?.entry ?? '', pod, request, through, variables });

/** Runs a runner to its end. */
export const runToEnd = (pod: Pod, request: RunRequest): Promise<Ended> => startRunner(pod, request).ended;
