// TypeBox helpers that can only emit structural CRD schemas. Plain Type.Enum, Type.Record and unions of literals emit
// keywords (anyOf, const, patternProperties) that the API server refuses.
import { Type, type TSchema, type TUnsafe } from 'typebox';

/** What every field carries: its description, and any further OpenAPI or x-kubernetes keyword. */
export interface Doc {
  readonly description: string;
  readonly [keyword: string]: unknown;
}

/** One CEL rule of the API server, with the message a user reads when it refuses the object. */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden';
}

/** A string that is one of the given values. */
export const stringEnum = <const T extends readonly string[]>(values: T, doc: Doc): TUnsafe<T[number]> =>
  Type.Unsafe<T[number]>({ type: 'string', enum: values, ...doc });

/** A map from string to string. */
export const stringMap = (doc: Doc): TUnsafe<Record<string, string>> =>
  Type.Unsafe<Record<string, string>>({ type: 'object', additionalProperties: { type: 'string' }, ...doc });

/** A Kubernetes quantity as an integer or a string, such as 500m or 1Gi. */
export const quantityMap = (doc: Doc): TUnsafe<Record<string, string | number>> =>
  Type.Unsafe<Record<string, string | number>>({
    type: 'object',
    additionalProperties: {
      anyOf: [{ type: 'integer' }, { type: 'string' }],
      'x-kubernetes-int-or-string': true,
      pattern: String.raw`^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$`,
    },
    ...doc,
  });

/** An RFC 3339 time, kept as the string the API server stores. */
export const time = (description: string): TUnsafe<string> => Type.Unsafe<string>({ type: 'string', format: 'date-time', description });

/** A count that may pass 2^31. */
export const int64 = (description: string): TUnsafe<number> => Type.Unsafe<number>({ type: 'integer', format: 'int64', minimum: 0, description });

/** A duration as Go writes it, such as 30s or 1h30m; {@link parseDuration} reads it. */
export const duration = (doc: Doc): TUnsafe<string> => Type.Unsafe<string>({ type: 'string', maxLength: 32, pattern: '^([0-9]+(ms|s|m|h))+$', ...doc });

/** A length of time for which things are kept, such as 12h, 30d or 2w; {@link parseAge} reads it. */
export const age = (doc: Doc): TUnsafe<string> => Type.Unsafe<string>({ type: 'string', maxLength: 32, pattern: '^([0-9]+(m|h|d|w))+$', ...doc });

/** A reference by name within the object's own namespace. References never carry a namespace. */
export const localReference = (description: string, more: object = {}): TUnsafe<{ name: string }> =>
  Type.Unsafe<{ name: string }>({
    ...more,
    type: 'object',
    description,
    required: ['name'],
    properties: { name: { type: 'string', minLength: 1, maxLength: 253, description: 'Name of the object, in the same namespace.' } },
  });

const STRUCTURE_FREE = ['$ref', 'const', 'patternProperties', 'propertyNames', '$schema', 'oneOf', 'allOf', 'not'];

/** Lists every place where a schema is not a structural schema of Kubernetes; empty means the API server takes it. */
export function structuralViolations(schema: unknown, path = '$'): string[] {
  if (typeof schema !== 'object' || schema === null) return [`${path}: not a schema`];
  const node = schema as Record<string, unknown>;
  return [
    ...STRUCTURE_FREE.filter((keyword) => keyword in node).map((keyword) => `${path}: keyword ${keyword}`),
    ...(hasType(node) ? [] : [`${path}: no type`]),
    ...('properties' in node && 'additionalProperties' in node ? [`${path}: both properties and additionalProperties`] : []),
    ...children(node).flatMap(([suffix, child]) => structuralViolations(child, path + suffix)),
  ];
}

const hasType = (node: Record<string, unknown>): boolean =>
  typeof node['type'] === 'string' || node['x-kubernetes-int-or-string'] === true || node['x-kubernetes-preserve-unknown-fields'] === true;

const children = (node: Record<string, unknown>): [suffix: string, child: unknown][] => [
  ...Object.entries((node['properties'] ?? {}) as Record<string, unknown>).map(([name, child]): [string, unknown] => [`.${name}`, child]),
  ...('items' in node ? [['[]', node['items']] as [string, unknown]] : []),
  ...(typeof node['additionalProperties'] === 'object' ? [['{}', node['additionalProperties']] as [string, unknown]] : []),
];

export type { TSchema };
