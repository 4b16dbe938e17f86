import { Type, type Static } from 'typebox';
import { int64, quantityMap, stringEnum, stringMap, time, type CelRule, type Doc, type TSchema } from '../dialect.ts';
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
      observedGeneration: { type: 'integer', format: 'int64', minimum: 0, description: 'The metadata.generation that this condition is about.' },
    },
  },
});

/** The generation of the spec that a status speaks of. */
export const observedGeneration = Type.Unsafe<number>({
  type: 'integer',
  format: 'int64',
  minimum: -1,
  description: 'The metadata.generation that this status is about; -1 before the operator has looked.',
});

/**
 * The reason of the first condition that is True. Of a run that is what keeps it (Reconciling), why it failed (Stalled), or that it is completed: kubectl prints
 * the first of several matches, and BackupReady or RestoreReady is the first of the list.
 */
export const FIRST_TRUE = '.status.conditions[?(@.status=="True")].reason';

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
  /** Rules at its root, beside that on every name. */
  readonly rules?: readonly CelRule[];
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

/** activeDeadlineSeconds of a run. */
export const activeDeadlineSeconds = (doc: Pick<Doc, 'description'>): ReturnType<typeof Type.Integer> =>
  Type.Integer({ minimum: 10, maximum: 2_592_000, default: 86_400, format: 'int32', ...doc });

const anyJson = (type: 'object' | 'array', description: string): object => ({ type, description, 'x-kubernetes-preserve-unknown-fields': true });

/** The knobs of a run's Job: an allow-list, because whatever may change a pod at will may take its credentials. */
export const jobTemplate = Type.Object(
  {
    resources: Type.Optional(
      Type.Object(
        { requests: Type.Optional(quantityMap({ description: 'What the runner is promised.' })), limits: Type.Optional(quantityMap({ description: 'What the runner may use at most.' })) },
        { description: "Resources of the runner's container. Default: 100m CPU and 128Mi requested, at most 512Mi of memory; a runner needs 256Mi." },
      ),
    ),
    nodeSelector: Type.Optional(stringMap({ description: 'Labels of the nodes that the pod may run on.' })),
    tolerations: Type.Optional(
      Type.Unsafe<object[]>({ type: 'array', description: 'Taints of nodes that the pod tolerates, as in a pod.', maxItems: 32, items: anyJson('object', 'A toleration, as in a pod.') }),
    ),
    affinity: Type.Optional(Type.Unsafe<object>(anyJson('object', 'Where the pod is scheduled, as in a pod.'))),
    priorityClassName: Type.Optional(Type.String({ maxLength: 253, description: 'PriorityClass of the pod.' })),
    serviceAccountName: Type.Optional(
      Type.String({ maxLength: 253, description: "ServiceAccount of the pod, for the identity that a cloud gives it. The API server's token is never mounted." }),
    ),
  },
  { description: 'How the pod that does the work is scheduled and what it may use.' },
);
export type JobTemplate = Static<typeof jobTemplate>;

/** How far a run has come. */
export const progress = Type.Object(
  {
    percent: Type.Integer({ minimum: 0, maximum: 100, format: 'int32', description: 'How much of the data has passed, by the size of what is done.' }),
    bytes: int64('Bytes that have passed, before compression.'),
    table: Type.Optional(Type.String({ description: 'Table that is under way.' })),
    estimatedCompletionTime: Type.Optional(time('When the run will have ended if it goes on like this.')),
    observedAt: time('When this was seen.'),
  },
  { description: 'How far the run has come; it follows by a few seconds.' },
);
export type Progress = Static<typeof progress>;
