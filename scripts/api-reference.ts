// From the CRDs to the page that tells people each field. Pure.
import { customResourceDefinition } from '../packages/api/src/crd.ts';
import { API_VERSION } from '../packages/api/src/names.ts';
import type { KindDefinition } from '../packages/api/src/v1/shared.ts';

/** What of a schema is told. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-validations'?: readonly { readonly message: string }[];
}

/** A field by its path from the top of the object, such as spec.storage.size. */
interface Field {
  readonly path: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** docs/api-reference.md. */
export function apiReference(kinds: readonly KindDefinition[], header: string): string {
  return [
    `<!-- ${header} -->`,
    '# API reference',
    '',
    `Each field of the kinds in \`${API_VERSION}\`, as \`kubectl explain\` tells it. What the reasons in conditions mean, and what to do about them, is in [failure-modes.md](failure-modes.md).`,
    '',
    ...kinds.flatMap(kindLines),
  ].join('\n');
}

function kindLines(definition: KindDefinition): string[] {
  const { kind, plural, shortNames, description, printerColumns } = definition;
  const { spec, status } = schemaOf(definition).properties ?? {};
  return [
    `## ${kind}`,
    '',
    `${escaped(description)} As kubectl knows it: ${[plural, ...shortNames].map(code).join(', ')}.`,
    '',
    ...section(`Spec of a ${kind}`, 'spec', spec),
    ...ruleLines(kind, spec),
    ...section(`Status of a ${kind}`, 'status', status),
    `### Columns of a ${kind}`,
    '',
    table(['column', 'shown', 'meaning'], printerColumns.map(({ name, priority, description: meaning }) => [name, priority === undefined ? 'always' : 'with `-o wide`', escaped(meaning)])),
    '',
  ];
}

function schemaOf(definition: KindDefinition): Schema {
  const { spec } = customResourceDefinition(definition) as { spec: { versions: readonly [{ schema: { openAPIV3Schema: Schema } }] } };
  return spec.versions[0].schema.openAPIV3Schema;
}

function section(title: string, path: string, schema: Schema = {}): string[] {
  const rows = fieldsOf(path, schema).map((field) => [code(field.path) + (field.required ? ' (required)' : ''), typeOf(field.schema), meaningOf(field.schema)]);
  return [`### ${title}`, '', table(['field', 'type', 'meaning'], rows), ''];
}

/** Those that are fields of an object, in the order of the schema, each before its own. */
function fieldsOf(path: string, schema: Schema): Field[] {
  const { properties = {}, required = [] } = containerOf(schema);
  return Object.entries(properties).flatMap(([name, child]) => {
    const field = { path: `${path}.${name}${child.items === undefined ? '' : '[]'}`, schema: child, required: required.includes(name) };
    return [field, ...fieldsOf(field.path, child)];
  });
}

/** The fields of a list are those of its items. */
const containerOf = (schema: Schema): Schema => schema.items ?? schema;

function typeOf(schema: Schema): string {
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`;
  if (schema['x-kubernetes-int-or-string'] === true) return 'quantity';
  if (typeof schema.additionalProperties === 'object') return `map of ${typeOf(schema.additionalProperties)}`;
  return schema.format === 'date-time' ? 'time' : (schema.type ?? 'any');
}

const meaningOf = (schema: Schema): string => [escaped(schema.description ?? ''), ...boundsOf(schema)].join(' ');

function boundsOf({ enum: values, minimum, maximum, maxLength, maxItems }: Schema): string[] {
  return [
    ...(values === undefined ? [] : [`One of ${values.map(code).join(', ')}.`]),
    ...(maximum === undefined ? [] : [`From ${minimum ?? 0} to ${maximum}.`]),
    ...(maxLength === undefined ? [] : [`At most ${maxLength} characters.`]),
    ...(maxItems === undefined ? [] : [`At most ${maxItems}.`]),
  ];
}

/** What the API server refuses beyond types and bounds, in its own words. A rule that stands at an object and at its field is told once. */
function ruleLines(kind: string, spec: Schema = {}): string[] {
  const told = new Map<string, string>();
  for (const { path, schema } of [{ path: 'spec', schema: spec }, ...fieldsOf('spec', spec)]) {
    for (const { message } of schema['x-kubernetes-validations'] ?? []) if (!told.has(message)) told.set(message, path);
  }
  if (told.size === 0) return [];
  return [`### What a ${kind} is refused for`, '', ...[...told].map(([message, path]) => `- ${code(path)}: ${escaped(message)}`), ''];
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const code = (text: string): string => `\`${text}\``;

/** As a cell of a table, in which nothing is a tag. */
const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
