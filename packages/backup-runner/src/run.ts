import type { RunFailureReason, RunRequest, RunResult } from '@postgres-operator/api';
import { check } from './commands/check.ts';
import { discard } from './commands/discard.ts';
import { dump } from './commands/dump.ts';
import { dropPrevious } from './commands/drop-previous.ts';
import { restore } from './commands/restore.ts';
import type { Run } from './environment.ts';
import { RunError, failedResult } from './errors.ts';
import { nameClaim } from './storage/claim-name.ts';

/** What a statement that the server refuses makes of a run. */
const SQL_FAILED: Readonly<Record<RunRequest['command'], RunFailureReason>> = {
  dump: 'DumpFailed',
  restore: 'RestoreFailed',
  dropPrevious: 'RestoreFailed',
  discard: 'RestoreFailed',
  check: 'CheckFailed',
  upgradeCheck: 'UpgradeFailed',
  upgradePrepare: 'UpgradeFailed',
  upgradeVerify: 'UpgradeFailed',
  upgradeLoad: 'UpgradeFailed',
};

/** Does what the request asks for. Total: whatever happens, a result comes out. */
export async function run(request: RunRequest, context: Run): Promise<RunResult> {
  try {
    context.signal.throwIfAborted();
    return await dispatch(request, context);
  } catch (error) {
    const failed = failedResult(error, context.signal.aborted, SQL_FAILED[request.command]);
    return { ...failed, message: nameClaim(failed.message, request, context.environment.storageFolder) };
  }
}

async function dispatch(request: RunRequest, context: Run): Promise<RunResult> {
  switch (request.command) {
    case 'dump':
      return dump(request, context);
    case 'restore':
      return restore(request, context);
    case 'dropPrevious':
      return dropPrevious(request, context);
    case 'discard':
      return discard(request, context);
    case 'check':
      return check(request, context);
    case 'upgradeCheck':
    case 'upgradePrepare':
    case 'upgradeVerify':
    case 'upgradeLoad':
      throw new RunError('InvalidRequest', `${request.command} is not of this version`);
  }
}
