import { describe, expect, it } from 'vitest';
import { RunError } from '../errors.ts';
import { clientForDump, clientForRestore, missedFloor, restoresInto, type Client } from './client-choice.ts';

const client = (folder: string, version: string): Client => ({ bin: `/tools/${folder}/bin`, version, major: Number.parseInt(version, 10) });
const OFFICIAL = ['18.6', '14.24', '16.15', '15.19', '17.11'].map((version) => client(version.slice(0, 2), version));
// Where no client of 14 is to be had, folder 14 holds one of 15.
const STAND_INS = [client('14', '15.20'), client('15', '15.20'), client('16', '16.4'), client('17', '17.12'), client('18', '18.6')];
const some = (...versions: string[]): Client[] => versions.map((version) => client(version.slice(0, 2), version));

/** What is chosen, or why nothing is. */
function chosen(choose: () => Client): string {
  try {
    return choose().version;
  } catch (error) {
    return error instanceof RunError ? `${error.reason}: ${error.message}` : String(error);
  }
}

describe('the client that dumps', () => {
  it.each([
    [14, OFFICIAL, '14.24'],
    [16, OFFICIAL, '16.15'],
    [18, OFFICIAL, '18.6'],
    [14, STAND_INS, '15.20'],
    [15, STAND_INS, '15.20'],
    [16, STAND_INS, '16.4'],
    [16, some('15.20', '17.12'), '17.12'],
    [15, some('15.19', '15.20'), '15.20'],
  ])('a server of %s is the smallest that is not older, by what it says it is', (server, clients, version) => {
    expect(chosen(() => clientForDump(clients, server))).toBe(version);
  });

  it.each([
    [16, some('15.20'), 'ClientTooOld: the server has PostgreSQL 16, which needs a client of 16 or newer; this image has 15.20. Update the operator.'],
    [15, [], 'ClientTooOld: the server has PostgreSQL 15, which needs a client of 15 or newer; this image has none. Update the operator.'],
  ])('a server of %s does not exist when all are older', (server, clients, words) => {
    expect(chosen(() => clientForDump(clients, server))).toBe(words);
  });
});

describe('the client that restores', () => {
  it.each([
    [14, 14, OFFICIAL, '14.24'],
    [16, 16, OFFICIAL, '16.15'],
    [17, 17, OFFICIAL, '17.11'],
    [18, 18, OFFICIAL, '18.6'],
    // Older than the archive cannot read it; below their own major 15, 16 and 18 are safe.
    [14, 15, OFFICIAL, '15.19'],
    [14, 16, OFFICIAL, '16.15'],
    [17, 18, OFFICIAL, '18.6'],
    [14, 15, STAND_INS, '15.20'],
    [17, 17, some('16.15', '18.6'), '18.6'],
    // A manifest whose version nobody can read leaves the server to choose by.
    [16, 0, OFFICIAL, '16.15'],
    [19, 19, some('18.6', '19.1'), '19.1'],
  ])('into a server of %s what pg_dump %s wrote is the smallest that is safe for both', (server, archive, clients, version) => {
    expect(chosen(() => clientForRestore(clients, { server, archive }))).toBe(version);
  });

  it.each([
    { none: 'for a server newer than all', majors: { server: 19, archive: 19 }, clients: OFFICIAL, words: /^ClientTooOld: the server has PostgreSQL 19, / },
    { none: 'for an archive newer than all', majors: { server: 17, archive: 18 }, clients: some('17.11'), words: /^ClientTooOld: the backup was written by pg_dump 18, .* has 17\.11\. Update/ },
    { none: 'in an image without clients', majors: { server: 15, archive: 15 }, clients: [], words: /^ClientTooOld: .* has none\./ },
    {
      none: 'when those that are not too old are too new',
      majors: { server: 16, archive: 16 },
      clients: some('15.20', '17.12'),
      words: /^ClientTooNew: no client in this image \(15\.20, 17\.12\) can restore a backup into PostgreSQL 16: pg_restore 17\.12 .* clients of PostgreSQL 16, or load/,
    },
    {
      none: 'when too new a client wrote the archive',
      majors: { server: 16, archive: 17 },
      clients: OFFICIAL,
      words: /^ClientTooNew: .* a backup that pg_dump 17 wrote into PostgreSQL 16: pg_restore 17\.11, 18\.6 .* make a new backup, .* by hand into a server of PostgreSQL 17\.$/,
    },
    { none: 'of a major that nobody has measured with the server', majors: { server: 18, archive: 19 }, clients: some('18.6', '19.1'), words: /^ClientTooNew: / },
  ])('does not exist $none', ({ majors, clients, words }) => {
    expect(chosen(() => clientForRestore(clients, majors))).toMatch(words);
  });
});

it.each([
  ['15.20', 14, true],
  ['16.15', 14, true],
  ['17.11', 16, false],
  ['18.6', 16, false],
  ['18.6', 17, true],
  ['19.1', 18, false],
])('what pg_restore %s writes, a server of %s takes: %s', (version, server, takes) => {
  expect(restoresInto(client('x', version), server)).toBe(takes);
});

describe('a client below the security floor', () => {
  it.each([
    ['14.23', '14.24'],
    ['15.18', '15.19'],
    ['15.19', undefined],
    ['15.20', undefined],
    ['16.4', '16.15'],
    ['17beta1', '17.11'],
    ['18.6', undefined],
    ['19.0', undefined],
  ])('%s should be at least %s', (version, floor) => expect(missedFloor(client('x', version))).toBe(floor));
});
