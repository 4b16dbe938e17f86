import { expect, test } from 'vitest';
import { completes, createsJobOf, nth, type Point } from './points.ts';

const JOBS = '/apis/batch/v1/namespaces/default/jobs?fieldManager=postgres-operator';
const STATUS = '/apis/database.example.com/v1/namespaces/default/backups/undo/status?force=true';
const job = (name: string): object => ({ metadata: { name } });

test.each<{ what: string; point: Point; write: Parameters<Point>[0]; number?: number; is: boolean }>([
  { what: 'the third write is the third', point: nth(3), write: { method: 'POST', path: JOBS, body: {} }, number: 3, is: true },
  { what: 'the second is not', point: nth(3), write: { method: 'POST', path: JOBS, body: {} }, number: 2, is: false },
  { what: 'a Job of the run', point: createsJobOf('undo'), write: { method: 'POST', path: JOBS, body: job('undo-1234-1') }, is: true },
  { what: 'not that of another', point: createsJobOf('undo'), write: { method: 'POST', path: JOBS, body: job('shop-1234-check') }, is: false },
  { what: 'not an Event of the run', point: createsJobOf('undo'), write: { method: 'POST', path: '/api/v1/namespaces/default/events', body: job('undo-1') }, is: false },
  { what: 'the status that says Completed', point: completes('undo'), write: { method: 'PATCH', path: STATUS, body: { status: { phase: 'Completed' } } }, is: true },
  { what: 'not one before', point: completes('undo'), write: { method: 'PATCH', path: STATUS, body: { status: { phase: 'InProgress' } } }, is: false },
  { what: 'not that of another run', point: completes('other'), write: { method: 'PATCH', path: STATUS, body: { status: { phase: 'Completed' } } }, is: false },
])('$what: $is', ({ point, write, number = 1, is }) => expect(point(write, number)).toBe(is));
