// Which test runs the commands and examples of which page. A block that is in no entry fails documents.test.ts, and so does an entry without a block.

/** What is done with the blocks of a page. */
export interface Entry {
  readonly page: string;
  /** The blocks that it is about: those that contain this. All of the page when it is not given. */
  readonly block?: string;
  /** The test that runs them, or tests the same act. */
  readonly test: string;
  /** What the test must have: the name of the page when it reads it, or the act itself. */
  readonly has: string;
}

/** A block that no test runs here. */
export interface Exception {
  readonly page: string;
  readonly block: string;
  readonly why: string;
}

const story = (name: string): string => `e2e/stories/${name}.e2e.test.ts`;

/** Read from the page and typed as printed. */
const TYPED: readonly Entry[] = [
  { page: 'README.md', block: 'helm install', test: 'e2e/documents/readme.alone.test.ts', has: 'README.md' },
  { page: 'README.md', block: 'name: undo-monday', test: 'e2e/documents/readme.alone.test.ts', has: 'README.md' },
  { page: 'docs/backup-format.md', test: 'packages/backup-runner/test/dump.integration.test.ts', has: 'docs/backup-format.md' },
  { page: 'docs/databases.md', test: story('documents'), has: 'databases.md' },
  { page: 'docs/drills.md', test: story('documents'), has: 'drills.md' },
  { page: 'docs/gitops.md', block: 'kubectl wait', test: story('documents'), has: 'gitops.md' },
  { page: 'docs/gitops.md', block: 'health.lua', test: 'e2e/harness/argo-health.ts', has: 'docs/gitops.md' },
  { page: 'docs/installation.md', block: '"finalizers":null', test: 'charts/postgres-operator/install.integration.test.ts', has: 'docs/installation.md' },
  { page: 'docs/kubectl-db.md', test: story('plugin'), has: 'docs/kubectl-db.md' },
  { page: 'docs/planning.md', test: story('documents'), has: 'planning.md' },
  { page: 'docs/restore.md', block: 'apiVersion:', test: story('documents'), has: 'restore.md' },
  { page: 'docs/restore.md', block: ';', test: 'packages/backup-runner/test/restore-by-hand.integration.test.ts', has: 'docs/restore.md' },
  { page: 'docs/runbooks.md', test: story('documents'), has: 'runbooks.md' },
  { page: 'docs/schedules-and-retention.md', test: story('documents'), has: 'schedules-and-retention.md' },
];

/** The same act with other names or values, because the page's would need a world of their own. */
const PLAYED: readonly Entry[] = [
  { page: 'README.md', block: 'name: bucket-keys', test: story('bucket'), has: 'credentialsRef' },
  { page: 'docs/installation.md', block: 'helm install postgres-operator charts/postgres-operator -n postgres-operator-system --create-namespace\n', test: 'e2e/documents/readme.alone.test.ts', has: "readme.section('Install it')" },
  { page: 'docs/installation.md', block: 'watchNamespaces={shop,mall}', test: 'charts/postgres-operator/install.integration.test.ts', has: 'watchNamespaces={shop' },
  { page: 'docs/installation.md', block: 'kubectl auth can-i', test: 'charts/postgres-operator/install.integration.test.ts', has: "'auth', 'can-i'" },
  { page: 'docs/installation.md', block: 'helm upgrade', test: 'e2e/stories/controller-down.alone.test.ts', has: '--reset-then-reuse-values' },
  { page: 'docs/installation.md', block: 'helm uninstall', test: 'e2e/documents/readme.alone.test.ts', has: 'helm uninstall postgres-operator' },
  { page: 'docs/monitoring.md', block: 'clusterrolebinding', test: 'charts/postgres-operator/secure-metrics.integration.test.ts', has: 'metrics-reader' },
  { page: 'docs/monitoring.md', block: 'monitoring.alerts', test: 'charts/postgres-operator/chart.integration.test.ts', has: 'monitoring.alerts.runbookUrl' },
  { page: 'docs/upgrades.md', block: 'check-upgrade', test: story('documents'), has: 'upgrades.md' },
  { page: 'docs/upgrades.md', block: 'database.example.com/upgrade=', test: story('upgrade'), has: 'database.example.com/upgrade=' },
  { page: 'docs/upgrades.md', block: 'go-back-without', test: story('upgrade'), has: 'go-back-without' },
  { page: 'docs/upgrades.md', block: '"image":"postgres:', test: story('upgrade'), has: 'shop = (image: string)' },
];

export const TESTED: readonly Entry[] = [...TYPED, ...PLAYED];

/** Run by hand, or by what runs the tests. */
export const NOT_RUN: readonly Exception[] = [
  { page: 'README.md', block: 'npm test', why: 'a test cannot run all tests; CI does, and npm run picture:demo runs the demo' },
  { page: 'docs/installation.md', block: 'kind create cluster', why: 'wants Docker and a registry; images of the same Dockerfiles are in each cluster that the tests use' },
  { page: 'CONTRIBUTING.md', block: 'npm run check', why: 'CI runs it; that the script is there is tested' },
  { page: 'CONTRIBUTING.md', block: 'npm test', why: 'a test cannot run all tests; CI does' },
  { page: 'CONTRIBUTING.md', block: 'MODEL_SEED', why: 'parts of a whole test run; that the scripts are there is tested' },
];
