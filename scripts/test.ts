// npm test: everything, from a bare machine: checks, unit tests, the cluster and images, integration tests, user stories.
// The last line says how many tests passed and failed. In CI the cluster is removed afterwards; elsewhere it stays warm.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { destroyCluster, ensureCluster } from '../e2e/cluster/index.ts';
import { ensureOperator } from '../e2e/harness/operator.ts';
import { sayRights, unusedRights } from '../e2e/rbac/report.ts';
import { check } from './check.ts';
import { failuresIn, type Report } from './failures.ts';

const HELP = `usage: npm test

Runs all checks and tests. Parts of it:
  npm run check                 generated files, types, lint
  npm run test:unit             tests without a server, seconds
  npm run test:integration      tests against a real API server and PostgreSQL on loopback
  npm run test:e2e              user stories on the embedded cluster
  npm run test:alone            those that need it for themselves: the lab, the README, the controller that goes away`;

const root = fileURLToPath(new URL('..', import.meta.url));

interface Tally {
  passed: number;
  failed: number;
  /** What failed, for the end of the run: who reads that must not have to look for it. */
  failures: readonly string[];
}

const allWell: Tally = { passed: 0, failed: 0, failures: [] };
const failedOnce = (error: unknown): Tally => ({ passed: 0, failed: 1, failures: [`✗ ${error instanceof Error ? error.message : String(error)}`] });

/** Runs the tests of a vitest project and counts them; a run that broke down counts as one failure at least. */
function runProject(project: string): Tally {
  console.error(`\n▸ Tests: ${project}`);
  const folder = mkdtempSync(join(tmpdir(), 'postgres-operator-tests-'));
  const report = join(folder, 'report.json');
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  const found: Report = existsSync(report) ? (JSON.parse(readFileSync(report, 'utf8')) as Report) : { numPassedTests: 0, numFailedTests: 0, testResults: [] };
  rmSync(folder, { recursive: true });
  const broken = status !== 0 && found.numFailedTests === 0 ? [`✗ The tests of project ${project} ended with ${status}, although none failed: see above`] : [];
  return { passed: found.numPassedTests, failed: found.numFailedTests + broken.length, failures: [...failuresIn(found, root), ...broken] };
}

async function prepareCluster(): Promise<Tally> {
  console.error('\n▸ Cluster, images and operator');
  try {
    await ensureOperator();
    return allWell;
  } catch (error) {
    return failedOnce(error);
  }
}

/** Each right that no story used is a failure: without it all would pass as well. */
async function checkRights(since: number): Promise<Tally> {
  console.error('\n▸ Rights of the controller');
  try {
    const unused = await unusedRights(await ensureCluster(), since);
    const said = sayRights(unused);
    for (const line of said) console.error(line);
    return { passed: 0, failed: unused.length, failures: unused.length === 0 ? [] : said };
  } catch (error) {
    return failedOnce(error);
  }
}

async function main(): Promise<void> {
  if (process.argv.length > 2) {
    console.log(HELP);
    process.exitCode = process.argv.includes('--help') ? 0 : 2;
    return;
  }
  const unclean = check();
  const tallies: Tally[] = [{ passed: 0, failed: unclean.length, failures: unclean.map((title) => `✗ ${title}: npm run check shows it`) }, runProject('unit')];
  const startedAt = Date.now();
  const prepared = await prepareCluster();
  tallies.push(prepared);
  // Without a cluster the other tests would only repeat the same error.
  if (prepared.failed === 0) tallies.push(runProject('integration'), runProject('alone'), runProject('e2e'), await checkRights(startedAt));
  if (process.env['CI'] === 'true') await destroyCluster();
  const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
  const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
  for (const failure of tallies.flatMap(({ failures }) => failures)) console.log(`\n${failure}`);
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();
