// Errors of a file system name paths inside the pod. People know the claim by its URL.
import type { RunRequest } from '@postgres-operator/api';

/** A message about a request, with the URL of its claim in the place of the folder where that is mounted. */
export function nameClaim(message: string, request: RunRequest, folder: string): string {
  const claim = claimOf(request);
  if (claim === undefined) return message;
  const escaped = folder.replaceAll(/[^\w/]/g, String.raw`\$&`);
  // Where a path begins: the folder's name may also stand in the middle of one, or of a URL.
  return message.replace(new RegExp(String.raw`(?<![^\s'"(])${escaped}(?![\w.-])`, 'g'), () => claim);
}

function claimOf(request: RunRequest): string | undefined {
  const place = 'source' in request ? request.source : 'destination' in request ? request.destination : undefined;
  if (place === undefined) return undefined;
  if (place.type === 's3' || place.type === 'previous') return undefined;
  return place.location.endsWith(`/${place.path}`) ? place.location.slice(0, -place.path.length - 1) : place.location;
}
