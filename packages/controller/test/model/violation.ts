import type { Stored } from './objects.ts';

/** A law that was broken. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** @throws Violation always */
export const broken = (law: string, { metadata, kind }: Pick<Stored, 'kind' | 'metadata'>): never => {
  throw new Violation(`${law} (${kind} ${metadata.name})`);
};
