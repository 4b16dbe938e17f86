// What a run counted, where its runner counted at all. Pure.
interface Counts {
  readonly tables?: number;
  readonly rows?: number;
}

/** Status fields with the counts; none for a result without them. */
export const countsOf = ({ tables, rows }: Counts): Counts => ({ ...(tables !== undefined && { tables }), ...(rows !== undefined && { rows }) });

/** What a message adds to tell them. */
export const countsText = ({ tables, rows }: Counts): string => (tables === undefined || rows === undefined ? '' : ` (${rows} rows of ${tables} tables)`);
