// Namespace default, for stories that are told with commands as documents print them.
import type { Kubectl } from './kubectl.ts';

/** Removes whatever an earlier story left there, volumes included. */
export async function emptyDefault(kubectl: Kubectl): Promise<void> {
  await kubectl('delete', 'restores,backups,databases', '--all', '--ignore-not-found', '--timeout=240s');
  await kubectl('delete', 'pvc', '--all', '--timeout=240s');
}
