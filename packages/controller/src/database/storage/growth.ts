// Volumes grow when spec.storage.size grows. The claims are changed one by one: the template of a StatefulSet never changes. Pure.
import { ConditionType, findCondition, quantityValue, Reason, type ConditionUpdate } from '@postgres-operator/api';
import type { PersistentVolumeClaim } from 'kubernetes-types/core/v1.d.ts';
import type { Read } from '../../kube/resources.ts';
import { ordinalOfClaim } from '../ordinals.ts';
import type { DatabaseWorld } from '../world.ts';

type Claim = Read<PersistentVolumeClaim>;

/** The volumes of the servers, without that of backups. */
export const dataClaims = ({ database, claims }: Pick<DatabaseWorld, 'database' | 'claims'>): Claim[] =>
  claims.filter(({ metadata }) => ordinalOfClaim(metadata.name, database.metadata.name) >= 0);

const value = (quantity: unknown): number => quantityValue(quantity) ?? 0;
const requested = ({ spec }: Claim): number => value(spec?.resources?.requests?.['storage']);
const capacity = ({ status }: Claim): number => value(status?.capacity?.['storage']);

/** Those that can be changed: one that is not bound yet cannot, and one that goes need not. */
const boundClaims = (world: DatabaseWorld): Claim[] => dataClaims(world).filter(({ metadata, status }) => status?.phase === 'Bound' && metadata.deletionTimestamp === undefined);

/** The claims that ask for less than the spec. */
export const claimsToGrow = (world: DatabaseWorld): Claim[] => boundClaims(world).filter((claim) => requested(claim) < value(world.database.spec.storage.size));

/** Condition StorageGrown: only there for a Database whose storage was asked to grow. */
export function storageGrown(world: DatabaseWorld): ConditionUpdate[] {
  const type = ConditionType.StorageGrown;
  const { size } = world.database.spec.storage;
  const [refusal] = world.refusals;
  if (refusal !== undefined) {
    const message = `storage.size is ${size}, but claim ${refusal.claim} keeps its size: ${refusal.message}. Set allowVolumeExpansion: true in its StorageClass if its driver can grow volumes, or create a new Database on another class and restore a Backup into it`;
    return [{ type, status: 'False', reason: Reason.GrowthRefused, message }];
  }
  const behind = boundClaims(world).filter((claim) => capacity(claim) < value(size));
  if (behind.length > 0) return [{ type, status: 'False', ...growing(size, behind) }];
  const before = findCondition(world.database.status?.conditions, type);
  return before === undefined ? [] : [{ type, status: 'True', reason: Reason.Grown, message: `Every volume has ${size} or more` }];
}

function growing(size: string, claims: readonly Claim[]): Pick<ConditionUpdate, 'reason' | 'message'> {
  const states = claims.map((claim) => ({ claim, steps: (claim.status?.conditions ?? []).filter(({ status }) => status === 'True') }));
  const waitsForNode = states.every(({ steps }) => steps.some(({ type }) => type === 'FileSystemResizePending'));
  const told = states.map(({ claim, steps }) => `${claim.metadata.name} has ${String(claim.status?.capacity?.['storage'] ?? 'no size yet')}${steps.map(({ type, message }) => `, ${type}${message ? `: ${message}` : ''}`).join('')}`);
  const wait = waitsForNode ? 'The volumes have grown, and their file systems follow: where that does not happen by itself, delete the pods one by one' : 'Waiting for the storage driver to grow the volumes';
  return { reason: waitsForNode ? Reason.FileSystemResizePending : Reason.Growing, message: `${wait} to ${size}: ${told.join('; ')}` };
}
