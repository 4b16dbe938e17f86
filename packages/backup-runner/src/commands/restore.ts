// One restore, top to bottom. The live database is replaced only by one that is complete; whatever fails before, it is untouched.
import type { RestoreRequest, RestoreSucceeded } from '@postgres-operator/api';
import type { Run } from '../environment.ts';
import { step } from '../failpoint.ts';
import { withConnection } from '../postgres/connect.ts';
import { finish } from '../restore/finish.ts';
import { restoreBackup } from '../restore/from-backup.ts';
import { goBack } from '../restore/go-back.ts';
import { look } from '../restore/look.ts';
import { requireSense } from '../restore/names.ts';
import { prepare } from '../restore/work.ts';

/** Puts a backup, or what an earlier restore replaced, in the place of a database; or a backup beside it. Repeated after that, it only finishes. */
export async function restore(request: RestoreRequest, run: Run): Promise<RestoreSucceeded> {
  requireSense(request);
  const work = await prepare(request, run);
  // Reading only: a run whose result was lost after the swap must not load again over what was written since.
  const looking = { names: work.names, uid: request.object.uid, target: request.targetDatabase };
  const { live, done } = await step('look', () => withConnection(run, work.superuser, (session) => look(session, looking)));
  if (done !== undefined) return finish(work, done);
  const { source } = request;
  return finish(work, source.type === 'previous' ? await goBack(work, live, source) : await restoreBackup(work, live, source));
}
