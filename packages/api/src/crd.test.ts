import { describe, expect, test } from 'vitest';
import { customResourceDefinition } from './crd.ts';
import { structuralViolations } from './dialect.ts';
import * as names from './names.ts';
import { backupKind } from './v1/backup.ts';
import { databaseKind } from './v1/database.ts';
import { restoreKind } from './v1/restore.ts';
import { MAX_NAME_LENGTH } from './v1/name-rule.ts';
import type { KindDefinition } from './v1/shared.ts';

const kinds: readonly KindDefinition[] = [databaseKind, backupKind, restoreKind];

interface Crd {
  readonly metadata: { readonly name: string; readonly annotations: Record<string, string> };
  readonly spec: { readonly scope: string; readonly versions: readonly { readonly subresources: object; readonly schema: { readonly openAPIV3Schema: Record<string, unknown> } }[] };
}
const crdOf = (kind: KindDefinition): Crd => customResourceDefinition(kind) as object as Crd;
const schemaOf = (kind: KindDefinition): Record<string, unknown> => crdOf(kind).spec.versions[0]?.schema.openAPIV3Schema ?? {};

const known: readonly string[] = kinds.flatMap((kind) => nodes(schemaOf(kind)).map(([path]) => path));
const ANNOTATIONS: readonly string[] = Object.entries(names).flatMap(([name, value]) => (name.startsWith('ANNOTATION_') ? [String(value)] : []));

/** Every schema node with its path. */
function nodes(schema: unknown, path = ''): [string, Record<string, unknown>][] {
  const node = schema as Record<string, unknown>;
  const properties = Object.entries((node['properties'] ?? {}) as Record<string, unknown>);
  return [[path, node], ...properties.flatMap(([name, child]) => nodes(child, `${path}.${name}`)), ...('items' in node ? nodes(node['items'], `${path}[]`) : [])];
}

/** One line of plain words that begins as a sentence or with the name of a field, and ends. */
const isSentence = (text: string): boolean => /^(["A-Z]|[a-z]+[A-Z:])[^\n]*[^\s.]\.$/.test(text) && !/ {2}|\bTODO\b|undefined/.test(text);

describe.each(kinds)('the CRD of $kind', (kind) => {
  test('is structural', () => {
    expect(structuralViolations(schemaOf(kind))).toEqual([]);
  });

  test('is namespaced, has a status of its own and is kept when the chart goes', () => {
    const { metadata, spec } = crdOf(kind);
    expect([metadata.name, spec.scope, spec.versions[0]?.subresources]).toEqual([`${kind.plural}.database.example.com`, 'Namespaced', { status: {} }]);
    expect(metadata.annotations).toHaveProperty(['helm.sh/resource-policy'], 'keep');
  });

  test('describes each of its fields in a sentence', () => {
    const ill = nodes(schemaOf(kind)).filter(([path, { description }]) => !path.startsWith('.apiVersion') && !/^\.(kind|metadata)$/.test(path) && !isSentence(String(description)));
    expect(ill.map(([path, { description }]) => `${path}: ${String(description)}`)).toEqual([]);
  });

  test('asks for no field that has a default, and tells the default in words', () => {
    const untold = nodes(schemaOf(kind)).flatMap(([path, { required = [], properties = {} }]) =>
      Object.entries(properties as Record<string, { default?: unknown; description?: string }>).filter(([, child]) => child.default !== undefined && typeof child.default !== 'object')
        .filter(([name, child]) => (required as string[]).includes(name) || !child.description?.endsWith(`Default: ${String(child.default)}.`))
        .map(([name]) => `${path}.${name}`),
    );
    expect(untold).toEqual([]);
    expect(nodes(schemaOf(kind)).filter(([, { description }]) => /Default: .*Default: /.test(String(description)))).toEqual([]);
  });

  test('names in its descriptions only fields and annotations that there are', () => {
    const unknown = nodes(schemaOf(kind)).flatMap(([path, { description }]) => [...String(description).matchAll(/\b(?:spec|status)(?:\.[a-zA-Z]+)+|\bdatabase\.example\.com\/[a-z-]+/g)].flatMap(([name]) => (known.includes(`.${name}`) || ANNOTATIONS.includes(name) ? [] : [`${path}: ${name}`])));
    expect(unknown).toEqual([]);
  });

  test('bounds each string and list that a rule looks at, so that the cost of the rules is bounded', () => {
    const open = nodes(schemaOf(kind)).filter(([, node]) => 'x-kubernetes-validations' in node && node['type'] === 'string' && node['maxLength'] === undefined);
    expect(open.map(([path]) => path)).toEqual([]);
  });

  test('names the field in the message of each rule', () => {
    const silent = nodes(schemaOf(kind)).flatMap(([path, node]) =>
      ((node['x-kubernetes-validations'] ?? []) as { message: string }[]).filter(({ message }) => !/^(metadata\.name|[a-z][A-Za-z.]+) /.test(message)).map(({ message }) => `${path}: ${message}`),
    );
    expect(silent).toEqual([]);
  });

  test('prints only fields that it has', () => {
    const known = new Set(nodes(schemaOf(kind)).map(([path]) => path));
    const paths = kind.printerColumns.map(({ jsonPath }) => jsonPath.replace(/\[.*$/, '')).filter((path) => !path.startsWith('.metadata.'));
    expect(paths.filter((path) => !known.has(path))).toEqual([]);
  });
});

describe('structuralViolations', () => {
  test.each([
    { why: 'a union', schema: { type: 'object', oneOf: [] }, says: '$: keyword oneOf' },
    { why: 'a constant', schema: { type: 'object', properties: { a: { const: 1 } } }, says: '$.a: keyword const' },
    { why: 'an element without a type', schema: { type: 'array', items: {} }, says: '$[]: no type' },
    { why: 'values without a type', schema: { type: 'object', additionalProperties: {} }, says: '${}: no type' },
    { why: 'both kinds of properties', schema: { type: 'object', properties: {}, additionalProperties: true }, says: '$: both properties and additionalProperties' },
    { why: 'no schema', schema: { type: 'object', properties: { a: true } }, says: '$.a: not a schema' },
  ])('$why: $says', ({ schema, says }) => {
    expect(structuralViolations(schema)).toContain(says);
  });
});

describe('names', () => {
  test('of children that become DNS names or labels fit into 63 characters for the longest Database', () => {
    const { statefulSet, service, readOnlyService, headlessService } = names.childNames('d'.repeat(MAX_NAME_LENGTH));
    expect([statefulSet, service, readOnlyService, headlessService].filter((name) => name.length > 63)).toEqual([]);
  });

  test('of the claim of the longest Database fit into the label that Kubernetes puts on pods', () => {
    // StatefulSet pods carry label controller-revision-hash: <name>-<hash of at most 10 characters>.
    expect(`${names.childNames('d'.repeat(MAX_NAME_LENGTH)).statefulSet}-`.length + 10).toBeLessThanOrEqual(63);
  });

  test('of the operator roles need no quotes', () => {
    for (const role of names.OPERATOR_ROLES) expect(role).toMatch(/^[a-z_]+$/);
  });
});
