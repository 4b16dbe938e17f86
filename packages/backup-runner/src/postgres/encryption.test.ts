import type { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { encryptedIfOffered } from './encryption.ts';

/** How the sessions to a host were tried, and what came of it; a server answers to one with TLS in these words, or takes it. */
async function tried(host: string, answer?: string): Promise<string[]> {
  const told: string[] = [];
  const open = (ssl: unknown): Promise<Client> => {
    told.push(ssl === false ? 'plain' : 'TLS');
    return ssl !== false && answer !== undefined ? Promise.reject(new Error(answer)) : Promise.resolve({} as Client);
  };
  await encryptedIfOffered(host, open).catch((error: unknown) => told.push(String(error)));
  return told;
}

describe('a session', () => {
  test('is encrypted where the server takes that', async () => expect(await tried('orders.shop.svc')).toEqual(['TLS']));

  test.each(['The server does not support SSL connections', 'There was an error establishing an SSL connection'])('is plain where the server answers: %s', async (answer) => {
    expect(await tried('orders.shop.svc', answer)).toEqual(['TLS', 'plain']);
  });

  test('is not tried without TLS where something else is wrong', async () => {
    expect(await tried('orders.shop.svc', 'password authentication failed')).toEqual(['TLS', 'Error: password authentication failed']);
  });

  test('through a socket is plain', async () => expect(await tried('/run/drill')).toEqual(['plain']));
});
