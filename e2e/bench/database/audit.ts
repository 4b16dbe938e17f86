// What was written at the API server, from its audit log.
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

/** What of a line of the audit log is looked at. */
export interface AuditLine {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource: string; readonly subresource?: string; readonly apiGroup?: string };
}

const WRITES = ['create', 'update', 'patch', 'delete', 'deletecollection'];
/** Leases and the status of nodes are heartbeats, Events come at their own pace; reviews, tokens and shells in pods store nothing. */
const ASIDE = ['leases', 'nodes/status', 'events', 'tokenreviews', 'subjectaccessreviews', 'localsubjectaccessreviews', 'selfsubjectaccessreviews', 'selfsubjectreviews', 'serviceaccounts/token', 'pods/exec'];

/** True for a request that counts as a write: one that changes an object, or tries to. Pure. */
export function countsAsWrite({ verb, objectRef }: AuditLine): boolean {
  if (objectRef === undefined || !WRITES.includes(verb)) return false;
  const { resource, subresource } = objectRef;
  return !ASIDE.includes(subresource === undefined ? resource : `${resource}/${subresource}`);
}

/** Who wrote how often, the busiest first: "system:kube-scheduler 3, …". Pure. */
export function byUser(lines: readonly AuditLine[]): string {
  const counts = new Map<string, number>();
  for (const { user } of lines) counts.set(user.username, (counts.get(user.username) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one).map(([user, count]) => `${user} ${count}`).join(', ');
}

/** The end of the log as it is now. */
export const auditEnd = (file: string): number => statSync(file).size;

/** The writes since an earlier end of the log. */
export function writesSince(file: string, from: number): AuditLine[] {
  const log = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(fstatSync(log).size - from);
    const length = readSync(log, bytes, 0, bytes.length, from);
    // The last line may be half written.
    const whole = bytes.subarray(0, length).toString().split('\n').slice(0, -1);
    return whole.map((line) => JSON.parse(line) as AuditLine).filter(countsAsWrite);
  } finally {
    closeSync(log);
  }
}
