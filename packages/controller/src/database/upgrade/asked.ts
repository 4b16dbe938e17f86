// What an upgrade is the answer to, and what asks for another one. Pure.
import { ANNOTATION_UPGRADE, type Database, type Upgrade } from '@postgres-operator/api';
import { digestOf } from '../../reconcile/digest.ts';

/** How much of an annotation counts. */
export const MAX_REQUEST = 256;

type Asked = Pick<Upgrade, 'generation' | 'request' | 'basis'>;

/** What asks for an upgrade now. Of the spec it is what decides how an upgrade goes: whatever else is edited must not keep clients out once more. */
export function askedBy({ metadata, spec }: Database): Asked {
  const request = metadata.annotations?.[ANNOTATION_UPGRADE]?.slice(0, MAX_REQUEST);
  const { image, majorVersion, parameters, resources, storage } = spec;
  const basis = digestOf(JSON.stringify([image, majorVersion, parameters, resources, storage]));
  return { generation: metadata.generation ?? 0, basis, ...(request !== undefined && { request }) };
}

/** True for an upgrade that is the answer to what is asked for now, however it ended. */
export function answers(upgrade: Upgrade | undefined, database: Database): boolean {
  const { basis, request } = askedBy(database);
  return upgrade !== undefined && !upgrade.dryRun && upgrade.basis === basis && upgrade.request === request;
}
