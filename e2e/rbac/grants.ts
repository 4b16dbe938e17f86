// Which of the rights that the chart gives the controller were used, by the audit log of an API server. Pure.
import { NAMESPACE_RULES, RULES, type PolicyRule } from '../../packages/controller/src/rbac.ts';

/** A verb on a resource, as in `get batch/jobs`. */
export type Grant = string;

/** Lines of an audit log have more than this. */
interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly apiGroup?: string; readonly resource: string; readonly subresource?: string };
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

/** Right that one line of an audit log shows an account to have used; none for lines that are no events of its, or were refused. */
export function usedIn(line: string, account: string): Grant | undefined {
  const event = line.includes(account) ? parse(line) : undefined;
  if (event?.user.username !== account || event.objectRef === undefined || event.annotations?.['authorization.k8s.io/decision'] !== 'allow') return undefined;
  const { apiGroup = '', resource, subresource } = event.objectRef;
  // Applying what is not there is a patch that asks for the right to create as well.
  const verb = event.verb === 'patch' && event.responseStatus?.code === 201 ? 'create' : event.verb;
  return grant(verb, apiGroup, subresource === undefined ? resource : `${resource}/${subresource}`);
}

/** Undefined for what is no whole line, such as the last one while it is being written. */
function parse(line: string): AuditEvent | undefined {
  try {
    return JSON.parse(line) as AuditEvent;
  } catch {
    return undefined;
  }
}
