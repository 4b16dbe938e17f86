// Quantities as Kubernetes writes them.

const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

/** The value of a Kubernetes quantity, or undefined. The API server writes quantities its own way: 1024Mi becomes 1Gi, 0.7 becomes 700m. */
export function quantityValue(text: unknown): number | undefined {
  const match = /^([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))(?:[eE]([+-]?[0-9]+)|([numkMGTPE]|[KMGTPE]i))?$/.exec(String(text));
  const [, digits, exponent = '0', unit = ''] = match ?? [];
  if (digits === undefined) return undefined;
  const power = BINARY[unit];
  // A decimal unit becomes part of the literal: times 1e-3, 700m would be a little more than 0.7.
  return power === undefined ? Number(`${digits}e${Number(exponent) + (DECIMAL[unit] ?? 0)}`) : Number(digits) * 2 ** power;
}
