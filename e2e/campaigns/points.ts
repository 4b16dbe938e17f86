// At which write of a controller something is done to it.
import type { Write } from './journal.ts';

/** True for that write; `number` is its place among the writes that count, from 1. */
export type Point = (write: Pick<Write, 'method' | 'path' | 'body'>, number: number) => boolean;

/** Whatever it is that is written then. */
export const nth =
  (k: number): Point =>
  (_write, number) =>
    number === k;

/** The creation of the first Job of a run, whatever else is written before. */
export const createsJobOf =
  (run: string): Point =>
  ({ method, path, body }) =>
    method === 'POST' && /\/jobs(\?|$)/.test(path) && (body as { metadata: { name: string } }).metadata.name.startsWith(`${run}-`);

/** The status with which a run ends well. */
export const completes =
  (run: string): Point =>
  ({ method, path, body }) =>
    method === 'PATCH' && new RegExp(`/${run}/status(\\?|$)`).test(path) && (body as { status?: { phase?: string } }).status?.phase === 'Completed';
