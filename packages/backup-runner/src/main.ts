// The runner of backups and restores: reads RUN_REQUEST, does it, leaves the result in the termination message.
import { RESULT_FILE, RUN_REQUEST_VARIABLE } from '@postgres-operator/api';
import { POD_ENVIRONMENT } from './environment.ts';
import { runInPod } from './run-in-pod.ts';

// A claim is shared through its group (fsGroup): what one run writes, another user's restore must be able to read and remove.
process.umask(0o007);

runInPod({
  environment: POD_ENVIRONMENT,
  requestText: process.env[RUN_REQUEST_VARIABLE],
  resultFile: process.env['RUN_RESULT_FILE'] ?? RESULT_FILE,
}).then(
  // Said outright: a half-open connection must not keep the pod alive after its result is out.
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
