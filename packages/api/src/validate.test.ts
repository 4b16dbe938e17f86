// The examples that the API server is asked about in crd.integration.test.ts, asked of the check in the controller.
import { describe, expect, test } from 'vitest';
import { BAD, GOOD, type Manifest } from '../fixtures/objects.ts';
import type { SpecRule } from './rules.ts';
import { backupKind } from './v1/backup.ts';
import { DATABASE_RULES } from './v1/database-rules.ts';
import { databaseKind } from './v1/database.ts';
import { restoreKind } from './v1/restore.ts';
import { BACKUP_RULES, RESTORE_RULES } from './v1/run-rules.ts';
import { specViolation } from './validate.ts';

const KINDS = [
  { kind: databaseKind, rules: DATABASE_RULES },
  { kind: backupKind, rules: BACKUP_RULES },
  { kind: restoreKind, rules: RESTORE_RULES },
];

interface Node {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message: string }[];
}

/** Fills in the defaults, as the API server does before it checks. */
function withDefaults(spec: object, schema: Node): object {
  const defaults = Object.entries(schema.properties ?? {}).filter(([name, { default: value }]) => value !== undefined && !(name in spec));
  return { ...spec, ...Object.fromEntries(defaults.map(([name, node]) => [name, node.default])) };
}

const violationOf = ({ kind, metadata, spec }: Manifest): string | undefined => {
  const schema = KINDS.find((one) => one.kind.kind === kind)?.kind.spec as Node;
  return specViolation({ kind, metadata, spec: withDefaults(spec, schema) } as Parameters<typeof specViolation>[0]);
};

describe('the controller', () => {
  test.each(GOOD)('takes $object.kind with $why', ({ object }) => {
    expect(violationOf(object)).toBeUndefined();
  });

  test.each(BAD.filter(({ storable }) => storable !== false))('refuses $why, and says it as the API server does', ({ object, says }) => {
    const violation = violationOf(object);
    for (const part of says) expect(violation).toContain(part);
  });
});

describe.each(KINDS)('each rule of $kind.kind', ({ kind, rules }) => {
  const nodesOf = (node: Node, path = ''): { at: string; rule: string; message: string }[] => [
    ...(node['x-kubernetes-validations'] ?? []).map(({ rule, message }) => ({ at: path, rule, message })),
    ...Object.entries(node.properties ?? {}).flatMap(([name, child]) => nodesOf(child, path === '' ? name : `${path}.${name}`)),
  ];
  const inWords = (list: readonly { at: string; rule: string }[]): string[] => list.map(({ at, rule }) => `${at}: ${rule}`).sort();

  test('is in the schema at its place, and there is no other', () => {
    expect(inWords(nodesOf(kind.spec as Node))).toEqual(inWords(rules));
  });

  test('has its twin in code, unless it is about a change', () => {
    expect(rules.filter(({ rule, holds }: SpecRule) => (holds === undefined) !== rule.includes('oldSelf'))).toEqual([]);
  });

  test('is broken by one of the examples', () => {
    const said = BAD.flatMap(({ object }) => violationOf(object) ?? []).join('\n');
    expect(rules.filter(({ holds, message }) => holds !== undefined && !said.includes(message)).map(({ message }) => message)).toEqual([]);
  });
});
