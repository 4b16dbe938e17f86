import type { RestoreRequest, RestoreSucceeded } from '@postgres-operator/api';
import type { Run } from '../environment.ts';
import { RunError } from '../errors.ts';

/** later */
export async function restore(_request: RestoreRequest, _run: Run): Promise<RestoreSucceeded> {
  throw new RunError('InternalError', 'not yet');
}
