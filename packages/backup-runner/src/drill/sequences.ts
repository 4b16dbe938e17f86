// What the SQL of an archive says of its sequences. Pure.
import { splitStatements } from '../restore/statements.ts';

/** Where a sequence is. */
export interface SequenceValue {
  /** As SQL has it, with its schema. */
  readonly name: string;
  /** The last number that it gave; undefined when it has given none. */
  readonly value: string | undefined;
}

const SETVAL = /^SELECT pg_catalog\.setval\('((?:[^']|'')*)', (-?\d+), (true|false)\)$/;

/** Reads the statements with which pg_restore sets sequences; others are left out. */
export function parseSequences(sql: string): SequenceValue[] {
  return splitStatements(sql).flatMap((statement) => {
    const [, name, value, called] = SETVAL.exec(statement) ?? [];
    return name === undefined ? [] : [{ name: name.replaceAll("''", "'"), value: called === 'true' ? value : undefined }];
  });
}
