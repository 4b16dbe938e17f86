import { describe, expect, it } from 'vitest';
import { chooseClient, parseToolVersion, type Client } from './client-tools.ts';

const client = (folder: string, version: string): Client => ({ bin: `/tools/${folder}/bin`, version, major: Number.parseInt(version, 10) });
const image = [client('18', '18.6'), client('14', '15.20'), client('16', '16.15'), client('17', '17.11')];

describe('the client for a server', () => {
  it.each([
    [14, '15.20'],
    [15, '15.20'],
    [16, '16.15'],
    [18, '18.6'],
  ])('of major %s is %s: the smallest that is not older, by what it says it is', (major, version) => expect(chooseClient(image, major).version).toBe(version));

  it('newer than all clients does not exist, and the message names both', () => {
    expect(() => chooseClient([client('15', '15.20')], 16)).toThrow(/PostgreSQL 16 needs.*15\.20/);
  });

  it('does not exist in an image without clients', () => expect(() => chooseClient([], 15)).toThrow(/has none/));
});

describe('what pg_dump says of its version', () => {
  it.each([
    ['pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n', { version: '15.18', major: 15 }],
    ['pg_dump (PostgreSQL) 17beta1\n', { version: '17beta1', major: 17 }],
    ['something else', undefined],
  ])('%j', (line, parsed) => expect(parseToolVersion(line)).toEqual(parsed));
});
