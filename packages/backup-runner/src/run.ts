import type { RunFailureReason, RunRequest, RunResult } from '@postgres-operator/api';
import { catalogue } from './commands/catalogue.ts';
import { check } from './commands/check.ts';
import { discard } from './commands/discard.ts';
import { drill } from './commands/drill.ts';
import { dump } from './commands/dump.ts';
import { dropPrevious } from './commands/drop-previous.ts';
import { restore } from './commands/restore.ts';
import { upgradeCheck } from './commands/upgrade-check.ts';
import { upgradeLoad } from './commands/upgrade-load.ts';
import { upgradePrepare } from './commands/upgrade-prepare.ts';
import { upgradeVerify } from './commands/upgrade-verify.ts';
import type { Run } from './environment.ts';
import { failedResult } from './errors.ts';
import { nameClaim } from './storage/claim-name.ts';

/** What a statement that the server refuses makes of a run. */
const SQL_FAILED: Readonly<Record<RunRequest['command'], RunFailureReason>> = {
  dump: 'DumpFailed',
  restore: 'RestoreFailed',
  dropPrevious: 'RestoreFailed',
  discard: 'RestoreFailed',
  catalogue: 'StorageFailed',
  check: 'CheckFailed',
  drill: 'RestoreFailed',
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
    case 'catalogue':
      return catalogue(request, context);
    case 'check':
      return check(request, context);
    case 'drill':
      return drill(request, context);
    case 'upgradeCheck':
      return upgradeCheck(request, context);
    case 'upgradePrepare':
      return upgradePrepare(request, context);
    case 'upgradeVerify':
      return upgradeVerify(request, context);
    case 'upgradeLoad':
      return upgradeLoad(request, context);
  }
}
