import { LABEL_DATABASE } from '@postgres-operator/api';
import { describe, expect, test } from 'vitest';
import { aBackup, aRunnerJob } from '../../test/objects.ts';
import { runnerFor } from './runner.ts';

const ofAnother = (name: string, minute: number): { name: string; creationTimestamp: string; ownerReferences: [] } => ({ name, creationTimestamp: `2026-01-02T03:0${minute}:00Z`, ownerReferences: [] });

describe('What reads a Backup', () => {
  test.each([
    { what: 'is nothing that is known, without a Job', backup: aBackup(), jobs: [], runner: undefined },
    { what: 'has no keys for a claim', backup: aBackup(), jobs: [aRunnerJob()], runner: { image: 'runner:1' } },
    { what: 'has the image of the newest Job, and the keys of its own', backup: aBackup(), jobs: [aRunnerJob({ secret: 'own' }), aRunnerJob({ metadata: ofAnother('tuesday-1', 5), image: 'runner:2', secret: 'other' })], runner: { image: 'runner:2', secret: 'own' } },
    { what: 'has the keys of another Job, where it has none of its own', backup: aBackup(), jobs: [aRunnerJob({ metadata: ofAnother('tuesday-1', 5), secret: 'other' })], runner: { image: 'runner:1', secret: 'other' } },
    {
      what: 'has the keys of another Job of its Database before those of newer ones',
      backup: aBackup(),
      jobs: [aRunnerJob({ metadata: { ...ofAnother('tuesday-1', 5), labels: { [LABEL_DATABASE]: aBackup().spec.databaseRef.name } }, secret: 'near' }), aRunnerJob({ metadata: ofAnother('tuesday-2', 6), secret: 'other' })],
      runner: { image: 'runner:1', secret: 'near' },
    },
    { what: 'has the keys that its spec names', backup: aBackup({ spec: { credentialsRef: { name: 'said' } } }), jobs: [aRunnerJob({ secret: 'own' })], runner: { image: 'runner:1', secret: 'said' } },
    { what: 'has no keys of the installation for a bucket that its spec names', backup: aBackup({ spec: { storageLocation: 's3://bucket/there' } }), jobs: [aRunnerJob({ secret: 'other', metadata: ofAnother('tuesday-1', 5) })], runner: { image: 'runner:1' } },
  ])('$what', ({ backup, jobs, runner }) => expect(runnerFor(backup, jobs)).toEqual(runner));
});
