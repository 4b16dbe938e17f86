// What a run needs before it can start, in the order in which a person would mend it. Pure.
import { ConditionType, findCondition, HEALTH_REASONS, isControlledBy, LABEL_PURPOSE, Reason, STORAGE_CREDENTIALS, UPGRADE_BACKUP, type Database, type ObjectMeta } from '@postgres-operator/api';
import type { RunObject } from './desired-job.ts';

/** Why a run waits. */
export interface Unmet {
  readonly reason: string;
  readonly message: string;
  /** Nothing tells when it is there: look again after this time. */
  readonly lookAgainMs?: number;
  /** It will never be there: the run is Failed. */
  readonly hopeless?: true;
}

/** The Secret with the keys of the bucket that a run works on. */
export interface RunCredentials {
  readonly secret: string;
  /** The API server has no such Secret. It is asked right before a start only. */
  readonly missing: boolean;
}

/** What a run needs of a Secret before the API server was asked. */
export const credentialsIn = (secret: string | undefined): RunCredentials | undefined => (secret === undefined ? undefined : { secret, missing: false });

/** How often a missing Secret is asked for: the operator may not watch Secrets. */
const SECRET_MS = 10_000;

/** True for a run that the operator made for its own ends, such as the Backup before a Database goes. */
const isOwnRun = ({ metadata }: RunObject): boolean => metadata.labels?.[LABEL_PURPOSE] !== undefined;

/**
 * The first thing that a run misses of its Database, if any. The operator's own runs may be what the Database waits for: they need
 * a primary that can be reached, and nothing else.
 */
export function checkTarget(run: RunObject, database: Database | undefined, reachable: boolean): Unmet | undefined {
  if (database !== undefined && isForUpgrade(run)) return checkFenced(database);
  const { name } = run.spec.databaseRef;
  if (database === undefined || !isOwnRun(run)) return checkDatabase(name, database);
  return reachable ? undefined : { reason: Reason.DatabaseNotReady, message: `The primary of Database ${name} cannot be reached; the run starts when it can` };
}

const isForUpgrade = ({ metadata }: RunObject): boolean => metadata.labels?.[LABEL_PURPOSE] === UPGRADE_BACKUP;

/** What an upgraded Database is loaded from is read while nobody else gets in. */
function checkFenced({ metadata, status }: Database): Unmet | undefined {
  if (status?.upgrade?.step === 'BackingUp') return undefined;
  return { reason: Reason.DatabaseNotReady, message: `Database ${metadata.name} is not at the step of a major update that this Backup is for` };
}

/** The first thing that is missing for work on a Database, if any; `run` is the run that does it. */
export function checkDatabase(name: string, database: Database | undefined, run?: Pick<RunObject, 'metadata'>): Unmet | undefined {
  if (database === undefined || database.metadata.deletionTimestamp !== undefined) {
    return { reason: Reason.DatabaseNotFound, message: `Database ${name} does not exist in this namespace; the run starts when it is created and Ready` };
  }
  if (database.status?.phase === 'Ready') return undefined;
  if (isUnwell(database)) return undefined;
  // What a Database makes for itself on its way to Ready cannot wait for that.
  if (database.status?.phase === 'Verifying' && run !== undefined && isControlledBy(run, database)) return undefined;
  return { reason: Reason.DatabaseNotReady, message: `Database ${name} is in phase ${database.status?.phase ?? 'Pending'}; the run starts when it is Ready` };
}

/** True when a check found nothing but what a Backup or a Restore may be the remedy for. */
function isUnwell({ status }: Database): boolean {
  const consistent = findCondition(status?.conditions, ConditionType.Consistent);
  return status?.phase === 'Verifying' && consistent?.status === 'False' && HEALTH_REASONS.includes(consistent.reason);
}

/** Whether the Database is the one that the run was started for: another one of its name has other content. */
export function checkSameDatabase({ object, database }: { readonly object: RunObject; readonly database: Database | undefined }): Unmet | undefined {
  const uid = object.status?.databaseUID;
  if (uid === undefined || database === undefined || database.metadata.uid === uid) return undefined;
  const message = `Database ${database.metadata.name} was deleted and created again after the run had started, and holds something else now. Create a new ${object.kind}`;
  return { reason: Reason.DatabaseReplaced, message, hopeless: true };
}

const [KEY_ID, KEY, ...MORE_KEYS] = STORAGE_CREDENTIALS.files;

/** Whether the keys of the bucket are missing. */
export function checkCredentials({ object, credentials }: { readonly object: { readonly metadata: Pick<ObjectMeta, 'namespace'> }; readonly credentials?: RunCredentials | undefined }): Unmet | undefined {
  if (credentials?.missing !== true) return undefined;
  const keys = `${KEY_ID} and ${KEY}, and where needed ${MORE_KEYS.join(', ')} (PEM)`;
  const message = `Secret ${credentials.secret} does not exist in namespace ${object.metadata.namespace}; the run starts when it is created with the keys of the bucket: ${keys}`;
  return { reason: Reason.CredentialsNotFound, message, lookAgainMs: SECRET_MS };
}

/** What a run meets only when it is its turn. */
const MET_AT_START: ReadonlySet<string> = new Set([Reason.CredentialsNotFound, Reason.NameTaken, Reason.ActionFailed]);

/** True for a run that could not start when it was its turn: until it tries again, others need not wait for it. */
export const isBlocked = ({ status }: RunObject): boolean => MET_AT_START.has(findCondition(status?.conditions, ConditionType.Reconciling)?.reason ?? '');
