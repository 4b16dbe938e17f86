/** Runs the tasks, at most `limit` at a time. The first failure is thrown once those under way have ended. */
export async function inParallel<T>(limit: number, tasks: readonly (() => Promise<T>)[]): Promise<void> {
  const queue = [...tasks];
  const worker = async (): Promise<void> => {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) await task();
  };
  const ends = await Promise.allSettled(
    Array.from({ length: Math.min(limit, queue.length) }, () =>
      worker().catch((error: unknown) => {
        queue.length = 0;
        throw error;
      }),
    ),
  );
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
