// What a run moved and how long it took, for people. Pure.

const UNITS = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi'] as const;

/** Bytes as a rounded quantity: 0.6Ki, 1.2Gi, 130Mi. */
export function readableBytes(bytes: number): string {
  const power = Math.min(Math.max(Math.floor(Math.log2(bytes) / 10), 1), UNITS.length);
  const value = bytes / 1024 ** power;
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)}${UNITS[power - 1]}`;
}

/** Seconds in the two largest units that there are: 42s, 3m12s, 2h5m, 1d3h. */
export function readableSeconds(seconds: number): string {
  const units = ([['d', 86_400], ['h', 3600], ['m', 60], ['s', 1]] as const).map(([unit, length], at, all) => {
    const within = all[at - 1]?.[1] ?? Infinity;
    return { unit, count: Math.floor((seconds % within) / length) };
  });
  const first = units.findIndex(({ count }) => count > 0);
  if (first === -1) return '0s';
  return units.slice(first, first + 2).map(({ unit, count }) => (count > 0 ? `${count}${unit}` : '')).join('');
}

/** How long a runner worked, by its own clock; nothing when that went backwards. */
export function timeTaken({ startedAt, finishedAt }: { readonly startedAt: string; readonly finishedAt: string }): { durationSeconds?: number; duration?: string } {
  const seconds = Math.round((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000);
  return seconds >= 0 ? { durationSeconds: seconds, duration: readableSeconds(seconds) } : {};
}
