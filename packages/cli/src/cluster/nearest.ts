// Which name a person meant who mistyped one. Pure.

/** So many letters may be wrong, one in three at most. */
const MOST_WRONG = 2;

/** The name that is nearest to what was typed; undefined when none is near. */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  const most = Math.min(MOST_WRONG, Math.floor(typed.length / 3));
  const near = names.map((name) => ({ name, wrong: wrongLetters(typed, name) })).filter(({ wrong }) => wrong <= most);
  return near.sort((one, other) => one.wrong - other.wrong)[0]?.name;
}

/** How many letters have to be put in, left out, replaced, or exchanged with the next one, to make the one of the other. */
function wrongLetters(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const isSame = one[i - 1] === other[j - 1];
      const isExchanged = one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const costs = [at(rows, i - 1, j) + 1, (row[j - 1] ?? 0) + 1, at(rows, i - 1, j - 1) + (isSame ? 0 : 1), ...(isExchanged ? [at(rows, i - 2, j - 2) + 1] : [])];
      row.push(Math.min(...costs));
    }
    rows.push(row);
  }
  return at(rows, one.length, other.length);
}

const at = (rows: readonly (readonly number[])[], i: number, j: number): number => rows[i]?.[j] ?? Infinity;
