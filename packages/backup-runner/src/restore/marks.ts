// Comments by which restores know their own databases again, and people can tell what they are. Only what carries one is ever dropped.

/** On what a restore needs for a while only. */
export const TEMPORARY = 'postgres-operator: temporary database of a restore';

const PREVIOUS = 'postgres-operator: the database that a restore replaced, kept for going back';
const INCOMPLETE = 'postgres-operator: a restore dropped this database (mode Replace) and has not finished; restore again';

/** On a database that was replaced and is kept. */
export interface PreviousMark {
  /** UID of the Restore that replaced it. */
  readonly restore: string;
  /** Its name before. */
  readonly database: string;
  /** RFC 3339. */
  readonly keptUntil: string;
}

/** On the empty database that stands in the place of one that was dropped. */
export interface IncompleteMark {
  /** UID of the Restore that dropped it. */
  readonly restore: string;
  /** The comment that belongs there. */
  readonly comment: string | null;
}

export const formatPreviousMark = ({ restore, database, keptUntil }: PreviousMark): string => JSON.stringify({ marker: PREVIOUS, restore, database, keptUntil });

export const formatIncompleteMark = ({ restore, comment }: IncompleteMark): string => JSON.stringify({ marker: INCOMPLETE, restore, comment });

/** Reads a comment. Total: a database's owner can write anything there. */
export function parsePreviousMark(text: string | null): PreviousMark | undefined {
  const { marker, restore, database, keptUntil } = parse(text);
  if (marker !== PREVIOUS || typeof restore !== 'string' || typeof database !== 'string' || typeof keptUntil !== 'string') return undefined;
  // A time that nobody can read never passes.
  return Number.isFinite(Date.parse(keptUntil)) ? { restore, database, keptUntil } : undefined;
}

/** Reads a comment. Total, like the other. */
export function parseIncompleteMark(text: string | null): IncompleteMark | undefined {
  const { marker, restore, comment } = parse(text);
  if (marker !== INCOMPLETE || typeof restore !== 'string') return undefined;
  return { restore, comment: typeof comment === 'string' ? comment : null };
}

function parse(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
