import { describe, expect, test } from 'vitest';
import { differences, faultless, type EndState } from './end-state.ts';

const GOOD: EndState = { phase: 'Completed', conditions: ['BackupReady=True/BackupCompleted'], fields: ['bytes', 'phase'], jobs: 1, pods: 1, namesItsJob: true, jobsCreated: 1, contentKept: true };

describe('an end state', () => {
  test('that is as it should be has no fault', () => {
    expect([faultless(GOOD), differences(GOOD, GOOD)]).toEqual([[], []]);
  });

  test.each<[string, Partial<EndState>, string]>([
    ['that is Failed', { phase: 'Failed' }, 'phase is "Failed", not "Completed"'],
    ['with a second Job', { jobs: 2 }, 'jobs is 2, not 1'],
    ['with a Job that was made twice, even if one is gone', { jobsCreated: 2 }, 'jobsCreated is 2, not 1'],
    ['whose status names another Job', { namesItsJob: false }, 'namesItsJob is false, not true'],
    ['with a pod too many', { pods: 2 }, 'pods is 2, not 1'],
    ['with other rows than were backed up', { contentKept: false }, 'contentKept is false, not true'],
  ])('%s is a fault', (_name, change, message) => {
    expect(faultless({ ...GOOD, ...change })).toEqual([message]);
  });

  test.each<[string, Partial<EndState>]>([
    ['lacks a status field', { fields: ['phase'] }],
    ['has a condition with another reason', { conditions: ['BackupReady=True/Other'] }],
  ])('that %s differs from the run without a fault', (_name, change) => {
    expect(differences({ ...GOOD, ...change }, GOOD)).toHaveLength(1);
  });
});
