import { ANNOTATION_RUN_NOW, ANNOTATION_SCAN, findCondition, type Backup } from '@postgres-operator/api';
import { expect, test } from 'vitest';
import { aBackup, COMPLETED_BACKUP, NOW } from '../../test/fixtures.ts';
import { answer } from './annotations.ts';

const now = Date.parse(NOW);
const annotated = (annotations: Record<string, string>, status = COMPLETED_BACKUP): Backup => aBackup({ metadata: { annotations }, status });

test.each([
  ['a run now', { [ANNOTATION_RUN_NOW]: '1' }, ANNOTATION_RUN_NOW],
  ['a scan', { [ANNOTATION_SCAN]: '1' }, ANNOTATION_SCAN],
  ['both', { [ANNOTATION_SCAN]: '1', [ANNOTATION_RUN_NOW]: '1' }, `${ANNOTATION_RUN_NOW} and ${ANNOTATION_SCAN}`],
])('A Backup without a schedule that is asked for %s says once that it does nothing', (_, annotations, names) => {
  const plan = answer(annotated(annotations), now);
  expect(findCondition(plan?.status?.conditions, 'AnnotationIgnored')).toMatchObject({ status: 'True', reason: 'NoSchedule', message: `Only a Backup with spec.schedule is asked by ${names}: this one has none, and nothing is done` });
  expect(plan?.notice).toMatchObject({ reason: 'NoSchedule' });
  expect(plan?.effects).toEqual([]);
  expect(answer(annotated(annotations, plan?.status), now)).toBeUndefined();
});

test.each([
  ['nothing', {}],
  ['an empty value', { [ANNOTATION_SCAN]: '' }],
  ['another annotation', { note: 'x' }],
])('%s is answered by nothing', (_, annotations) => expect(answer(annotated(annotations), now)).toBeUndefined());
