import { describe, expect, test } from 'vitest';
import { aWorld } from '../../../test/database-world.ts';
import { aDatabase, aJob, aPod, ended, NOW, READY, type AJob } from '../../../test/fixtures.ts';
import { restrictedViolations, hardeningGaps, podSpecOf } from '../../../test/manifest.ts';
import type { DatabaseWorld } from '../world.ts';
import { decideDatabase } from '../decide.ts';
import { desiredTrial, LABEL_TRIAL } from './desired-trial.ts';
import { parametersTrial } from './trial.ts';

const before = aDatabase({ spec: { parameters: { work_mem: '4MB' } } });
const after = aDatabase({ spec: { parameters: { work_mem: 'much' } }, status: { ...READY, endpoint: 'orders:5432' } });
const NAME = 'orders-try-';
const world = (parts: Partial<DatabaseWorld> = {}, database = after): DatabaseWorld => aWorld({ database, ...parts }, before);
const nameOf = (): string => (parametersTrial(world(), after).effects[0] as { object: { metadata: { name: string } } }).object.metadata.name;
const trial = (conditions: { type: 'Complete' | 'Failed' }[] = [], name = nameOf()): AJob => aJob({ metadata: { name, labels: { [LABEL_TRIAL]: 'parameters' } }, conditions });
const podOf = (job: AJob, exitCode: number, message?: string): DatabaseWorld['pods'] => [aPod({ job, state: ended(exitCode, message) })];
const see = (parts: Partial<DatabaseWorld>, database = after): { inForce: unknown; does: string[]; refused: string | undefined } => {
  const { inForce, effects, refused } = parametersTrial(world(parts, database), database);
  return { inForce, does: effects.map((effect) => effect.do), refused };
};

describe('parameters come into force', () => {
  const old = { work_mem: '4MB' };
  const wanted = { work_mem: 'much' };
  const failed = trial([{ type: 'Failed' }]);
  test.each<{ why: string; parts: Partial<DatabaseWorld>; database?: typeof after; seen: ReturnType<typeof see> }>([
    { why: 'after a trial, which is begun', parts: {}, seen: { inForce: old, does: ['createJob'], refused: undefined } },
    { why: 'not while it goes on', parts: { jobs: [trial()] }, seen: { inForce: old, does: [], refused: undefined } },
    { why: 'when it was passed', parts: { jobs: [trial([{ type: 'Complete' }])] }, seen: { inForce: wanted, does: [], refused: undefined } },
    { why: 'not when PostgreSQL refused them, with its words', parts: { jobs: [failed], pods: podOf(failed, 1, 'LOG: invalid value\nFATAL: errors') }, seen: { inForce: old, does: [], refused: 'LOG: invalid value | FATAL: errors' } },
    { why: 'after a new trial, when one ended without a word', parts: { jobs: [failed], pods: podOf(failed, 137) }, seen: { inForce: old, does: ['delete'], refused: undefined } },
    { why: 'and a trial of other parameters is removed', parts: { jobs: [trial([], 'orders-try-000000')] }, seen: { inForce: old, does: ['delete', 'createJob'], refused: undefined } },
    { why: 'at once where nothing changes, and trials are removed', parts: { jobs: [failed] }, database: { ...before, status: after.status ?? {} }, seen: { inForce: old, does: ['delete'], refused: undefined } },
    { why: 'at once where no server ever was up', parts: {}, database: { ...after, status: {} }, seen: { inForce: wanted, does: [], refused: undefined } },
    { why: 'none where the spec names none', parts: {}, database: aDatabase(), seen: { inForce: {}, does: [], refused: undefined } },
    { why: 'at once before there is a ConfigMap', parts: { config: undefined }, seen: { inForce: wanted, does: [], refused: undefined } },
    { why: 'and a Job of a run is no trial', parts: { jobs: [aJob()] }, seen: { inForce: old, does: ['createJob'], refused: undefined } },
  ])('$why', ({ parts, database, seen }) => {
    expect(see(parts, database)).toEqual(seen);
  });

  test('while it goes on, the Database is Ready and not done', () => {
    const { status } = decideDatabase(world({ jobs: [trial()] }), Date.parse(NOW));
    expect(status).toMatchObject({ phase: 'Ready', ready: true });
    expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'Progressing', status: 'True', reason: 'TryingParameters' }));
  });

  test('the Database says what was refused, and nothing is applied', () => {
    const plan = decideDatabase(world({ jobs: [failed], pods: podOf(failed, 1, 'FATAL: errors') }), Date.parse(NOW));
    expect(plan.effects).toEqual([]);
    expect(plan.status?.conditions).toContainEqual(expect.objectContaining({ type: 'Degraded', status: 'True', reason: 'ParametersRefused', message: expect.stringMatching(/FATAL: errors.*Correct spec.parameters/) as string }));
  });
});

describe('the pod of a trial', () => {
  const pod = podSpecOf(desiredTrial(after, NAME));

  test('is let in by Pod Security restricted, and has a read-only root', () => {
    expect([restrictedViolations(pod), hardeningGaps(pod)]).toEqual([[], []]);
  });

  test('has neither data nor Secrets', () => {
    expect(JSON.stringify(pod)).not.toMatch(/secret|persistentVolumeClaim/i);
  });
});
