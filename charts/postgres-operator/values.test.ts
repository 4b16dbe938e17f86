// Every value is explained where it stands, used by a template, and known to the schema.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isMap, parseDocument, type Pair, type Scalar, type YAMLMap } from 'yaml';

interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

const read = (file: string): string => readFileSync(join(import.meta.dirname, file), 'utf8');
const values = parseDocument(read('values.yaml')).contents as YAMLMap;
const schema = JSON.parse(read('values.schema.json')) as Schema;
const templates = readdirSync(join(import.meta.dirname, 'templates'), { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.')).map((name) => read(`templates/${name}`)).join('\n');

/** What needs no word beyond its own name and that of its parent. */
const SPEAKS_FOR_ITSELF = ['repository', 'pullPolicy', 'nodeSelector', 'tolerations', 'affinity', 'enabled', 'interval'];

interface Value {
  readonly path: readonly string[];
  readonly isExplained: boolean;
}

/** The first item of a map carries its comment on the map, or before it. */
const commentOf = (map: YAMLMap, pair: Pair, isFirst: boolean): string => `${(pair.key as Scalar).commentBefore ?? ''}${isFirst ? (map.commentBefore ?? '') : ''}`;

/** All values that are no sections; a section's own word explains what stands alone in it. */
function leaves(map: YAMLMap, above: readonly string[] = [], explained = false): Value[] {
  return map.items.flatMap((pair, index): Value[] => {
    const path = [...above, String((pair.key as Scalar).value)];
    const isExplained = commentOf(map, pair, index === 0) !== '' || (explained && map.items.length === 1);
    if (isMap(pair.value) && pair.value.items.length > 0 && !isOneValue(path)) return leaves(pair.value, path, isExplained);
    return [{ path, isExplained }];
  });
}

/** A map that is handed on whole, with content by default. */
const isOneValue = (path: readonly string[]): boolean => ['resources', 'labels'].includes(path.at(-1) ?? '');

function schemaOf(path: readonly string[]): Schema | undefined {
  return path.reduce<Schema | undefined>((node, key) => resolved(node?.properties?.[key]), schema);
}

function resolved(node: Schema | undefined): Schema | undefined {
  return node?.$ref === undefined ? node : schema.definitions?.[node.$ref.split('/').at(-1) ?? ''];
}

/** `.Values.a.b`, or `.b` within a template that takes `.Values.a`. */
const isUsed = (path: readonly string[]): boolean =>
  path.some((_, index) => index > 0 && templates.includes(`.Values.${path.slice(0, index).join('.')}`) && new RegExp(`\\.${path.slice(index).join('\\.')}\\b`).test(templates)) || new RegExp(`\\.Values\\.${path.join('\\.')}\\b`).test(templates);

describe.each(leaves(values).map((value) => ({ ...value, name: value.path.join('.') })))('$name', ({ path, isExplained }) => {
  test('is explained where it stands', () => {
    expect(isExplained || SPEAKS_FOR_ITSELF.includes(path.at(-1) ?? '')).toBe(true);
  });

  test('is used', () => {
    expect(isUsed(path)).toBe(true);
  });

  test('is in the schema, beside which nothing else is let in', () => {
    expect(schemaOf(path)).toBeDefined();
    for (const depth of path.keys()) expect(schemaOf(path.slice(0, depth))?.additionalProperties).toBe(false);
  });
});

test('and the schema knows no value that is not there', () => {
  const known = (node: Schema | undefined, path: readonly string[]): string[] => {
    const { properties } = resolved(node) ?? {};
    return properties === undefined || isOneValue(path) ? [path.join('.')] : Object.entries(properties).flatMap(([key, child]) => known(child, [...path, key]));
  };
  expect(known(schema, []).filter((path) => path !== 'global').sort()).toEqual(leaves(values).map(({ path }) => path.join('.')).sort());
});
