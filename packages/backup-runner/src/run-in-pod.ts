// One life of the process: request in, signals heard, result out, exit code.
import { parseRunRequest, type RunRequest, type RunResult } from '@postgres-operator/api';
import type { Environment } from './environment.ts';
import { RunError, failedResult, messageOf } from './errors.ts';
import { jsonLog, type LogFields } from './log.ts';
import { exitCodeOf, writeResult } from './result-file.ts';
import { run } from './run.ts';

/** What the process was started with. */
export interface PodOptions {
  readonly environment: Environment;
  readonly requestText: string | undefined;
  readonly resultFile: string;
}

/** Runs one request and returns the exit code. */
export async function runInPod(options: PodOptions): Promise<number> {
  const log = jsonLog((line) => process.stdout.write(line));
  const stop = new AbortController();
  // Both: Kubernetes sends the image's STOPSIGNAL, which is SIGINT in the PostgreSQL images.
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      log('stopping', { signal: name });
      stop.abort();
    });
  }
  const result = await resultOf(options.requestText, (request) => {
    log('run started', described(request));
    return run(request, { environment: options.environment, signal: stop.signal, log, debug: request.logLevel === 'debug' ? log : () => undefined });
  });
  await writeResult(options.resultFile, result);
  log('run ended', { outcome: result.outcome, ...(result.outcome === 'failed' && { reason: result.reason, error: result.message }) });
  return exitCodeOf(result);
}

/** What tells the log of one run from those of others, and of its other attempts. */
function described(request: RunRequest): LogFields {
  const { namespace, name, uid } = request.object;
  return { command: request.command, namespace, name, uid, ...('attempt' in request && { attempt: request.attempt }) };
}

async function resultOf(text: string | undefined, work: (request: RunRequest) => Promise<RunResult>): Promise<RunResult> {
  let request: RunRequest;
  try {
    request = parseRunRequest(text);
  } catch (cause) {
    return failedResult(new RunError('InvalidRequest', messageOf(cause), { cause }), false);
  }
  return work(request);
}
