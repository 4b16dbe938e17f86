// Whether a session is encrypted: where the server offers TLS, as with libpq's sslmode=prefer, which is that of pg_dump and pg_restore.
import { isAbsolute } from 'node:path';
import type { Client, ClientConfig } from 'pg';
import { messageOf } from '../errors.ts';

/** What `pg` takes for TLS; false is none. */
export type Encryption = NonNullable<ClientConfig['ssl']>;

// The certificate is not looked at: it is made out to what applications connect to, and servers are reached by the names of their pods too.
const TLS: Encryption = { rejectUnauthorized: false };

// pg says it in words only. The other answer is that of a server which cannot tell: the plain session then shows what it is about.
const NOT_OFFERED = /^(The server does not support SSL connections|There was an error establishing an SSL connection)$/;

/** Opens a session to a host: with TLS, and without where the server does not offer it. A folder, where a socket is, never does. */
export async function encryptedIfOffered(host: string, open: (ssl: Encryption) => Promise<Client>): Promise<Client> {
  if (isAbsolute(host)) return open(false);
  try {
    return await open(TLS);
  } catch (error) {
    if (!NOT_OFFERED.test(messageOf(error))) throw error;
    return open(false);
  }
}
