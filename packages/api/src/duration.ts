const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/** Milliseconds of a duration such as 30s or 1h30m; undefined when it is none. */
export const parseDuration = (text: string): number | undefined => sumOf(text, 'ms|s|m|h');

/** Milliseconds of an age such as 12h, 30d or 2w; a day has 24 hours. Undefined when it is none. */
export const parseAge = (text: string): number | undefined => sumOf(text, 'm|h|d|w');

function sumOf(text: string, units: string): number | undefined {
  if (!new RegExp(`^(\\d+(${units}))+$`).test(text)) return undefined;
  return [...text.matchAll(new RegExp(`(\\d+)(${units})`, 'g'))].reduce((sum, [, count, unit]) => sum + Number(count) * (MILLISECONDS[unit ?? ''] ?? 0), 0);
}
