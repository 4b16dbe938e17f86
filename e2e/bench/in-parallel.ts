/** Works on every item, so many at once; fails with the first failure. */
export async function inParallel<T>(items: Iterable<T>, workers: number, work: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: workers }, worker));
}

/** 0 … count - 1. */
export const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
