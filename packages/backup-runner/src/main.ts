// The runner of backups and restores: reads RUN_REQUEST, does it, leaves the result in the termination message. Told to read, it writes one file to stdout.
import { parseReadCommand, RESULT_FILE, RUN_REQUEST_VARIABLE } from '@postgres-operator/api';
import { POD_ENVIRONMENT } from './environment.ts';
import { readFile } from './read-file.ts';
import { runInPod } from './run-in-pod.ts';

// A claim is shared through its group (fsGroup): what one run writes, another user's restore must be able to read and remove.
process.umask(0o007);

const [, , ...words] = process.argv;
const toRead = parseReadCommand(words);
const running =
  toRead === undefined
    ? runInPod({ environment: POD_ENVIRONMENT, requestText: process.env[RUN_REQUEST_VARIABLE], resultFile: process.env['RUN_RESULT_FILE'] ?? RESULT_FILE })
    : readFile(toRead, POD_ENVIRONMENT, { bytes: process.stdout, words: process.stderr });
running.then(
  // Said outright: a half-open connection must not keep the pod alive after its result is out.
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
