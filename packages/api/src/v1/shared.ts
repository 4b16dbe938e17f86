import { Type } from 'typebox';
import { rules, stringEnum, type Doc, type TSchema } from '../dialect.ts';
import type { Condition, ObjectMeta } from '../meta.ts';

/** The list of conditions, merged by type under server-side apply. */
export const conditions = Type.Unsafe<Condition[]>({
  type: 'array',
  description: 'What is known of the object, by condition type.',
  maxItems: 16,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
  items: {
    type: 'object',
    description: 'One condition, as in metav1.Condition.',
    required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
    properties: {
      type: { type: 'string', maxLength: 316, description: 'Type of the condition, in CamelCase.' },
      status: stringEnum(['True', 'False', 'Unknown'], { description: 'Whether the condition holds.' }),
      reason: { type: 'string', maxLength: 1024, description: 'Why, as one word in CamelCase.' },
      message: { type: 'string', maxLength: 32768, description: 'Why, and what to do, for a person.' },
      lastTransitionTime: { type: 'string', format: 'date-time', description: 'When status last changed.' },
      observedGeneration: { type: 'integer', format: 'int64', minimum: 0, description: 'metadata.generation that this condition is about.' },
    },
  },
});

/** The generation of the spec that a status speaks of. */
export const observedGeneration = Type.Unsafe<number>({
  type: 'integer',
  format: 'int64',
  minimum: 0,
  description: 'metadata.generation of the spec that this status is about.',
});

/** A column that kubectl prints. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  readonly priority?: number;
}

/** All that makes a kind: its names, its schemas, what kubectl prints. */
export interface KindDefinition {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly description: string;
  readonly spec: TSchema;
  readonly status: TSchema;
  readonly printerColumns: readonly PrinterColumn[];
}

/** An object of one of our kinds. */
export interface Resource<Kind extends string, Spec, Status> {
  readonly apiVersion: string;
  readonly kind: Kind;
  readonly metadata: ObjectMeta;
  readonly spec: Spec;
  readonly status?: Status;
}

/** The longest metadata.name of our kinds: names of children add up to 11 characters, and a DNS label has at most 63. */
export const MAX_NAME_LENGTH = 52;

/** The rule on metadata.name that stands at the root of every kind. */
export const nameRule = rules({
  rule: `self.metadata.name.size() <= ${MAX_NAME_LENGTH} && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')`,
  message: `metadata.name must be a DNS-1035 label (lower-case letters, digits and '-', starting with a letter) of at most ${MAX_NAME_LENGTH} characters: children add suffixes to it`,
});

/** activeDeadlineSeconds of a run. */
export const activeDeadlineSeconds = (doc: Pick<Doc, 'description'>): ReturnType<typeof Type.Integer> =>
  Type.Integer({ minimum: 10, maximum: 2_592_000, default: 86_400, format: 'int32', ...doc });
