// Axes: which values are written beside them, and where a value is. Pure.

/** Values that are round in `grain`, from below the least to above the greatest, about so many; from 0 where nothing is below it. */
export function ticks(values: readonly number[], about: number, grain = 1): number[] {
  const greatest = Math.max(0, ...values);
  const least = Math.min(0, ...values);
  if (greatest === least) return [0, grain];
  const step = roundStep((greatest - least) / about / grain) * grain;
  const first = Math.floor(least / step);
  const last = Math.max(first + 1, Math.ceil(greatest / step - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

/** The next of 1, 2, 5, 10, 20, … */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return (([1, 2, 5].find((factor) => factor * power >= least * (1 - 1e-9)) ?? 10) * power);
}

/** Maps a range of values to a range of places. */
export const scale =
  ([from, to]: readonly [number, number], [start, end]: readonly [number, number]): ((value: number) => number) =>
  (value) =>
    start + ((value - from) / (to - from)) * (end - start);
