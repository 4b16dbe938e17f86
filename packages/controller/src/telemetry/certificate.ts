// The certificate of a server, in files that are replaced while it serves.
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { Server } from 'node:https';
import { join } from 'node:path';

/** A certificate in the names of Node's TLS. */
export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** How often the files are looked at. A kubelet takes about a minute to bring new ones. */
const LOOK_EVERY_MS = 10_000;

/** Reads a mounted Secret of type kubernetes.io/tls. @throws Error that names the file that is missing. */
export const readCertificate = (folder: string): Certificate => ({ cert: readFileSync(join(folder, 'tls.crt')), key: readFileSync(join(folder, 'tls.key')) });

/** Takes up what comes into the folder until the server is closed; connections that are open keep what they have. */
export function keepCertificate(server: Server, folder: string): void {
  const file = join(folder, 'tls.crt');
  const takeUp = (): void => {
    try {
      server.setSecureContext({ ...readCertificate(folder), minVersion: 'TLSv1.2' });
    } catch {
      // Half written, or no certificate: the one before is served on, and the next change is looked at again.
    }
  };
  watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, takeUp);
  server.once('close', () => unwatchFile(file, takeUp));
}
