// Rules of a spec beyond its schema. Each is said twice side by side, in CEL for the API server and in code for the controller,
// which also meets objects that were stored under an older CRD.
import type { CelRule } from './dialect.ts';

/** A rule on one field of a spec. */
export interface SpecRule extends CelRule {
  /** Path in the spec of what `self` is; '' is the spec itself. Where it is not set, the rule does not apply. */
  readonly at: string;
  /** The same as `rule`, in code. Rules about a change (oldSelf) have none: only the API server sees what was before. */
  readonly holds?: (self: never) => boolean;
}

/** The keywords that put the rules of a field into its schema. */
export const rulesAt = (list: readonly SpecRule[], at: string): { 'x-kubernetes-validations': CelRule[] } => ({
  'x-kubernetes-validations': list.filter((one) => one.at === at).map(({ rule, message }) => ({ rule, message })),
});

/** What a spec breaks, as the API server says it: the field, and the message of the rule. */
export const brokenRules = (list: readonly SpecRule[], spec: object): string[] =>
  list.flatMap(({ at, holds, message }) => {
    const self = valueAt(spec, at);
    return self === undefined || holds === undefined || holds(self as never) ? [] : [`spec${at === '' ? '' : '.'}${at}: ${message}`];
  });

const valueAt = (spec: object, path: string): unknown =>
  path.split('.').filter((part) => part !== '').reduce<unknown>((value, part) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined), spec);
