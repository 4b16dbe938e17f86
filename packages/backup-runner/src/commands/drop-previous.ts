// Drops the database that a restore replaced, when its time is over.
import type { DropPreviousRequest, DropPreviousSucceeded } from '@postgres-operator/api';
import type { Run } from '../environment.ts';
import { RunError } from '../errors.ts';

export async function dropPrevious(_request: DropPreviousRequest, _run: Run): Promise<DropPreviousSucceeded> {
  throw new RunError('InvalidRequest', 'not yet');
}
