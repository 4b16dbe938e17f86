// One drill, top to bottom: a backup becomes a database by the same steps as in a restore, in a server that goes with its pod, and is
// looked at there. No server that anybody uses takes part in it.
import type { DrillRequest, DrillSucceeded } from '@postgres-operator/api';
import type { Run } from '../environment.ts';
import { step } from '../failpoint.ts';
import { examine } from '../drill/examine.ts';
import { ask } from '../drill/queries.ts';
import { throwAwayWork } from '../drill/throw-away.ts';
import { clientForRestore } from '../postgres/client-choice.ts';
import { findClients } from '../postgres/client-tools.ts';
import { analyzeBeside, loadBeside } from '../restore/load.ts';
import { planLoad } from '../restore/load-plan.ts';
import { countBeside } from '../restore/from-backup.ts';
import { openBackup, verifyBackup } from '../restore/verified-backup.ts';

/** Restores a backup into the server beside the runner. Returning means: every table has as many rows as the backup, and no check found anything. */
export async function drill(request: DrillRequest, run: Run): Promise<DrillSucceeded> {
  const startedAt = new Date().toISOString();
  const backup = await openBackup(request.source, run);
  // Meanwhile the server starts.
  await step('verify', () => verifyBackup(backup, run));
  const { work, live } = await step('server', () => throwAwayWork({ request, run, manifest: backup.manifest, startedAt }));
  const client = clientForRestore(await findClients(run), { server: live.serverMajor, archive: backup.clientMajor });
  const load = await planLoad(work, { backup, client, live });
  try {
    await loadBeside(work, load);
    load.progress.begin('examine');
    const counted = await step('count', () => countBeside(work, load));
    await analyzeBeside(work, load);
    const restoredAt = new Date().toISOString();
    const examined = await step('examine', () => examine(work, load));
    const queries = request.queries && { queries: await step('query', () => ask(run, work.owner, request.queries ?? [])) };
    const { plainBytes } = backup.file;
    return { v: 1, outcome: 'succeeded', command: 'drill', plainBytes, ...counted, ...examined, ...queries, serverVersion: live.serverVersion, startedAt, restoredAt, finishedAt: new Date().toISOString() };
  } finally {
    load.progress.stop();
  }
}
