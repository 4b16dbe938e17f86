// Where backups are stored, as URLs: pvc://claim/path.

/** A folder in a claim. */
export interface ClaimFolder {
  readonly claim: string;
  /** Relative to the root of the claim; '' is the root. */
  readonly path: string;
}

/** Reads pvc://claim/path; undefined when it is nothing of the kind. */
export function parseClaimLocation(location: string): ClaimFolder | undefined {
  const match = /^pvc:\/\/([^/]+)\/?(.*?)\/?$/.exec(location);
  return match?.[1] === undefined ? undefined : { claim: match[1], path: match[2] ?? '' };
}

export const formatClaimLocation = ({ claim, path }: ClaimFolder): string => `pvc://${claim}/${path}`;
