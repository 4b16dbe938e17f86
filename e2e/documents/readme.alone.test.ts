// From nothing to a backup that is proven and one that was restored, with the README alone: its commands as printed, in namespace default.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { emptyDefault } from '../harness/default-namespace.ts';
import { keepEvidence } from '../harness/evidence.ts';
import { kubectlFor } from '../harness/kubectl.ts';
import { ensureOperator, OPERATOR_NAMESPACE } from '../harness/operator.ts';
import { commandsOf } from './commands.ts';
import { shellFor } from './shell.ts';
import { walkThrough } from './walk.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

describe('A reader of the README', () => {
  const cluster = inject('cluster');
  const kubectl = kubectlFor(cluster, 'default');
  const shell = shellFor(cluster);
  const readme = walkThrough(commandsOf(README).filter(({ section }) => section === 'Install it' || section === 'Use it'), shell);

  keepEvidence(kubectl);
  beforeAll(async () => {
    await emptyDefault(kubectl);
    await shell.run(`helm uninstall postgres-operator -n ${OPERATOR_NAMESPACE} --wait && kubectl delete namespace ${OPERATOR_NAMESPACE}`);
  });
  afterAll(async () => {
    await ensureOperator();
    await emptyDefault(kubectl);
  });

  it('installs the operator, backs a database up, has the backup proven and restores it, each command as printed', async () => {
    const startedAt = Date.now();
    const seconds = (until: number): number => Math.round((until - startedAt) / 1000);
    await readme.section('Install it').rest();
    const using = readme.section('Use it');
    await using.rest();
    expect(readme.left()).toEqual([]);
    expect(using.said('')).toMatch(/^ paid +\| +1000$/m);
    expect(using.said('')).toMatch(/\/shop +Ready [^]*\/shop-monday +Completed +shop .* True +BackupCompleted [^]*\/undo-monday +Completed /);
    const proven = await kubectl('get', 'backup', 'shop-monday', '-o', 'jsonpath={.status.conditions[?(@.type=="RestoreProven")].lastTransitionTime}');
    console.log(`from helm install to the first proven backup: ${seconds(Date.parse(proven))} s; to the restored database: ${seconds(Date.now())} s`);
  });
});
