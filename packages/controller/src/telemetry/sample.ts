/** One value of a gauge, with its labels. */
export interface Sample {
  readonly labels: Record<string, string>;
  readonly value: number;
}

/** One sample for each set of labels, with the number of times that it occurs. */
export function counted(labelSets: readonly Record<string, string>[]): Sample[] {
  const samples = new Map<string, Sample>();
  for (const labels of labelSets) {
    const key = JSON.stringify(labels);
    samples.set(key, { labels, value: (samples.get(key)?.value ?? 0) + 1 });
  }
  return [...samples.values()];
}
