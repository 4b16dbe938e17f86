import { describe, expect, test } from 'vitest';
import { neverBegan } from './never-began.ts';

describe('what kubectl was told to do', () => {
  test.each([
    ['the container was being replaced', 'error: unable to upgrade connection: container not found ("postgres")'],
    ['the node did not answer', 'Error from server: error dialing backend: EOF'],
    ['the API server did not answer', 'Unable to connect to the server: net/http: TLS handshake timeout'],
    ['the pod had no node yet', 'Error from server (BadRequest): pod shop-0 does not have a host assigned'],
    ['the server took no connections yet', 'psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: FATAL:  the database system is starting up'],
    ['there was no server yet', 'psql: error: connection to server on socket "/run/.s.PGSQL.5432" failed: No such file or directory\n\tIs the server running locally and accepting connections on that socket?'],
  ])('never began where %s', (_why, words) => {
    expect(neverBegan(words)).toBe(true);
  });

  test.each([
    ['an error of SQL', 'psql:<stdin>:1: ERROR:  relation "orders" does not exist'],
    ['a database that is not there', 'psql: error: connection to server on socket "/run/.s.PGSQL.5432" failed: FATAL:  database "gone" does not exist'],
    ['a session that was ended', 'FATAL:  terminating connection due to administrator command\nserver closed the connection unexpectedly'],
    ['a connection to the node that broke', 'error: read tcp 127.0.0.1:1->127.0.0.1:2: read: connection reset by peer'],
    ['its own exit code', 'command terminated with exit code 1'],
  ])('may have begun where it tells of %s', (_what, words) => {
    expect(neverBegan(words)).toBe(false);
  });
});
