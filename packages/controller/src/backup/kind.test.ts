import type { DumpSucceeded } from '@postgres-operator/api';
import { expect, test } from 'vitest';
import { aDatabase, CONFIG, DUMPED, NOW } from '../../test/fixtures.ts';
import { aBackupWorld } from '../../test/run-world.ts';
import { backupRun } from './kind.ts';

test('a Backup remembers the image that its server ran, not the one that an upgrade is to bring', () => {
  const upgrade = { step: 'BackingUp', from: { image: 'postgres:14', major: 14 }, to: { image: 'postgres:15', major: 15 }, attempt: 1, generation: 1, startedAt: NOW, stepStartedAt: NOW } as const;
  const database = aDatabase({ spec: { image: 'postgres:15' }, status: { upgrade } });
  const completed = backupRun(CONFIG).completed(aBackupWorld({ database }), DUMPED as DumpSucceeded, NOW);
  expect(completed?.fields).toMatchObject({ serverImage: 'postgres:14' });
});
