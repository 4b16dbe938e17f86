import { defineConfig } from 'vitest/config';

// unit: no cluster, seconds. integration: a real API server on loopback. e2e: user stories on the embedded cluster, several at a time. alone: those
// that restart the operator, read the end of its log, or install it.
// The limits end what hangs; they judge no speed, so that a busy machine fails nothing.
const setupFiles = process.env['PROPERTY_SEED'] === undefined ? [] : ['scripts/property-seed.ts'];

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['{packages,e2e,charts,scripts}/**/*.test.ts'], exclude: ['**/*.{integration,e2e,alone}.test.ts', '**/node_modules/**'], testTimeout: 120_000, hookTimeout: 120_000, setupFiles } },
      {
        test: {
          name: 'integration',
          include: ['{packages,e2e,charts}/**/*.integration.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 600_000,
          // Each waits more than it works.
          maxWorkers: 2,
          setupFiles,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.e2e.test.ts'],
          globalSetup: 'e2e/harness/global-setup.ts',
          testTimeout: 600_000,
          hookTimeout: 600_000,
          maxWorkers: 3,
        },
      },
      {
        test: {
          name: 'alone',
          include: ['e2e/**/*.alone.test.ts'],
          globalSetup: 'e2e/harness/alone-setup.ts',
          testTimeout: 900_000,
          hookTimeout: 600_000,
          maxWorkers: 1,
        },
      },
    ],
  },
});
