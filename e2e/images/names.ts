/** The full form of what stands in a FROM line: `postgres:14` is `docker.io/library/postgres:14`. */
export function canonicalName(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const path = hasRegistry ? reference : `docker.io/${rest.length === 0 ? 'library/' : ''}${reference}`;
  return /:[^/]+$/.test(path) || path.includes('@') ? path : `${path}:latest`;
}

/** The images a Dockerfile starts from, as written there; neither `scratch` nor the stages before it. */
export function basesOf(dockerfile: string): string[] {
  const bases = new Set<string>();
  const stages = new Set(['scratch']);
  for (const [, base = '', stage] of dockerfile.matchAll(/^FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/gim)) {
    if (!stages.has(base)) bases.add(base);
    if (stage !== undefined) stages.add(stage);
  }
  return [...bases];
}
