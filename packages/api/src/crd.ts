// From a kind's definition to its CustomResourceDefinition, as plain JSON.
import { Type } from 'typebox';
import { GROUP, VERSION } from './names.ts';
import { NAME_RULE } from './v1/name-rule.ts';
import type { KindDefinition } from './v1/shared.ts';

/** The status of an object that the operator has not looked at. Without it generic tools (kstatus) take such an object for one that is as it should be. */
const UNSEEN = { observedGeneration: -1 };

/** The CustomResourceDefinition of a kind. */
export function customResourceDefinition(definition: KindDefinition): Record<string, unknown> {
  const { kind, plural, singular, shortNames, description, rules = [], spec, status, printerColumns } = definition;
  const schema = {
    ...Type.Object({ apiVersion: Type.Optional(Type.String()), kind: Type.Optional(Type.String()), spec, status: Type.Optional({ ...status, default: UNSEEN }) }, { description }),
    'x-kubernetes-validations': [NAME_RULE, ...rules].map(({ rule, message }) => ({ rule, message })),
  };
  const { properties, ...rest } = schema;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    // Uninstalling the chart must not delete every Database of the cluster with its CRD.
    metadata: { name: `${plural}.${GROUP}`, annotations: { 'helm.sh/resource-policy': 'keep' } },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames, categories: ['postgres'] },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: printerColumns,
          schema: { openAPIV3Schema: plainJson({ ...rest, properties: { ...properties, metadata: { type: 'object' } } }) },
        },
      ],
    },
  };
}

// TypeBox marks its schemas with hidden properties; the CRD wants none of them.
const plainJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value), (_name, node: unknown) => (typeof node === 'object' && node !== null && !Array.isArray(node) ? explained(node) : node));

/** A schema as kubectl explain tells it, which shows no defaults and calls required whatever is listed so: defaults are told in words, and what has one is not asked for. */
function explained(node: { readonly description?: unknown; readonly default?: unknown; readonly required?: unknown; readonly properties?: Readonly<Record<string, { readonly default?: unknown }>> }): object {
  const told = typeof node.description === 'string' && node.default !== undefined && typeof node.default !== 'object' ? { ...node, description: `${node.description} Default: ${String(node.default)}.` } : node;
  if (!Array.isArray(told.required)) return told;
  const { required, ...asksNothing } = told;
  const asked = (required as string[]).filter((name) => told.properties?.[name]?.default === undefined);
  return asked.length === 0 ? asksNothing : { ...told, required: asked };
}
