// Before the stories: the operator of this checkout on the embedded cluster.
import type { TestProject } from 'vitest/node';
import type { Cluster } from '../cluster/index.ts';
import { ensureOperator } from './operator.ts';

declare module 'vitest' {
  interface ProvidedContext {
    cluster: Cluster;
  }
}

// At debug level: no story may find a password in a log, however much is said.
export default async function setup(project: TestProject): Promise<void> {
  project.provide('cluster', await ensureOperator('debug'));
}
