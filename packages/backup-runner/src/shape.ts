// What others wrote is believed when it has the shape that its type says. A check of an object names every field of the type.

/** Says whether a value is a T. */
export type Check<T> = (value: unknown) => value is T;

/** One check for each field of T; unknown extra fields pass. */
export type Fields<T> = { readonly [K in keyof T]-?: Check<T[K]> };

export const text: Check<string> = (value) => typeof value === 'string';
export const flag: Check<boolean> = (value) => typeof value === 'boolean';
/** A whole number from 0. */
export const count: Check<number> = (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
export const sha256: Check<string> = (value): value is string => text(value) && /^[0-9a-f]{64}$/.test(value);

export const literal = <const T extends string | number>(...allowed: readonly T[]): Check<T> => (value): value is T => allowed.some((one) => one === value);
export const optional = <T>(check: Check<T>): Check<T | undefined> => (value) => value === undefined || check(value);
export const nullable = <T>(check: Check<T>): Check<T | null> => (value) => value === null || check(value);
export const list = <T>(check: Check<T>): Check<T[]> => (value): value is T[] => Array.isArray(value) && value.every(check);
export const shape = <T extends object>(fields: Fields<T>): Check<T> => (value): value is T => isRecord(value) && Object.entries<Check<unknown>>(fields).every(([name, check]) => check(value[name]));

export const isRecord: Check<Record<string, unknown>> = (value): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
