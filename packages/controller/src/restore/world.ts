import type { Restore } from '@postgres-operator/api';
import type { RunWorld } from '../run/observe.ts';
import type { RestoreSource } from './source.ts';

/** A Restore also looks at what it restores. */
export interface RestoreWorld extends RunWorld<Restore> {
  readonly source: RestoreSource;
  /** Restores of any phase that go back to what this one replaced. */
  readonly goingBack: readonly Restore[];
}
