// What the controller asked an API server for, by its audit log, and which of the rights that the chart gives it were used. Pure.
import { NAMESPACE_RULES, RULES, type PolicyRule } from '../../packages/controller/src/rbac.ts';

/** A verb on a resource, as in `get batch/jobs`. */
export type Grant = string;

/** Lines of an audit log have more than this. */
interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly requestReceivedTimestamp: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly apiGroup?: string; readonly resource: string; readonly subresource?: string; readonly namespace?: string };
  readonly responseStatus?: { readonly code?: number };
  readonly annotations?: Readonly<Record<string, string>>;
}

const grant = (verb: string, group: string, resource: string): Grant => `${verb} ${group === '' ? '' : `${group}/`}${resource}`;

/**
 * No request needs it: clusters with the admission plugin OwnerReferencesPermissionEnforcement (OpenShift has it) ask for the right to
 * update finalizers where an owner reference blocks the deletion of its owner.
 */
const isForAdmission = ({ resources }: PolicyRule): boolean => resources.every((resource) => resource.endsWith('/finalizers'));

/** Everything that is granted, each once. */
export function grantsOf(rules: readonly PolicyRule[] = [...RULES, ...NAMESPACE_RULES]): Grant[] {
  const all = rules.filter((rule) => !isForAdmission(rule)).flatMap(({ apiGroups, resources, verbs }) => apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => grant(verb, group, resource)))));
  return [...new Set(all)].sort();
}

/** What an account asked for. */
export interface Request {
  /** The rights that it takes, each of them; none for a path that is no resource. */
  readonly needs: readonly Grant[];
  /** Empty for what is in no namespace, or in all. */
  readonly namespace: string;
  readonly path: string;
  readonly isAllowed: boolean;
  /** When, in milliseconds since 1970. */
  readonly at: number;
}

/** The request that one line of an audit log tells of; undefined for lines that are no requests of the account. */
export function requestIn(line: string, account: string): Request | undefined {
  const event = line.includes(account) ? parse(line) : undefined;
  if (event?.user.username !== account) return undefined;
  return {
    needs: neededBy(event),
    namespace: event.objectRef?.namespace ?? '',
    path: event.requestURI,
    isAllowed: event.annotations?.['authorization.k8s.io/decision'] === 'allow',
    at: Date.parse(event.requestReceivedTimestamp),
  };
}

function neededBy({ verb, objectRef, responseStatus }: AuditEvent): Grant[] {
  if (objectRef === undefined) return [];
  const { apiGroup = '', resource, subresource } = objectRef;
  // Applying what is not there is a patch that asks for the right to create as well.
  const verbs = verb === 'patch' && responseStatus?.code === 201 ? [verb, 'create'] : [verb];
  return verbs.map((each) => grant(each, apiGroup, subresource === undefined ? resource : `${resource}/${subresource}`));
}

/** Rights that one line of an audit log shows an account to have used since a time; none for lines that are no requests of its, or were refused. */
export function usedIn(line: string, account: string, since = 0): readonly Grant[] {
  const request = requestIn(line, account);
  return request?.isAllowed === true && request.at >= since ? request.needs : [];
}

/** Undefined for what is no whole line, such as the last one while it is being written. */
function parse(line: string): AuditEvent | undefined {
  try {
    return JSON.parse(line) as AuditEvent;
  } catch {
    return undefined;
  }
}
