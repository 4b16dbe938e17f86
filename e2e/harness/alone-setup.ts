// Before the stories that have the operator for themselves: the operator of this checkout as it is installed by default.
import type { TestProject } from 'vitest/node';
import { ensureOperator } from './operator.ts';

export default async function setup(project: TestProject): Promise<void> {
  project.provide('cluster', await ensureOperator());
}
