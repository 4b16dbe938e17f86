// What a run counted, where its runner counted at all. Pure.
import type { Succeeded } from './verdict.ts';

/** Status fields with the counts; none for a result without them. */
export const countsOf = ({ tables, rows }: Succeeded): { tables?: number; rows?: number } => ({ ...(tables !== undefined && { tables }), ...(rows !== undefined && { rows }) });

/** What a message adds to tell them. */
export const countsText = ({ tables, rows }: Succeeded): string => (tables === undefined || rows === undefined ? '' : ` (${rows} rows of ${tables} tables)`);
