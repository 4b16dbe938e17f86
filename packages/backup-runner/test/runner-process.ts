// The runner with the folders of a test instead of a pod's mounts.
import type { Environment } from '../src/environment.ts';
import { runInPod } from '../src/run-in-pod.ts';

process.umask(0o007);
const environment = JSON.parse(process.env['RUN_ENVIRONMENT'] ?? '{}') as Environment;
void runInPod({ environment, requestText: process.env['RUN_REQUEST'], resultFile: process.env['RUN_RESULT_FILE'] ?? '' }).then((code) => process.exit(code));
