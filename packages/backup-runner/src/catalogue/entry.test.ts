import { describe, expect, it } from 'vitest';
import type { Manifest } from '../storage/manifest.ts';
import type { Candidate } from './candidates.ts';
import { entryOf, MOST_MANIFEST_BYTES, refuseUnread } from './entry.ts';

const NOW = Date.parse('2026-01-02T04:00:00Z');
const SHA256 = '0f'.repeat(32);
const MANIFEST: Manifest = {
  formatVersion: 1,
  location: 's3://elsewhere/before/it/was/copied',
  object: { kind: 'Backup', namespace: 'shop', name: 'nightly', uid: '0a1b2c3d-0000-4000-8000-000000000001' },
  database: { name: 'orders', encoding: 'UTF8', locale: { provider: 'libc', collate: 'C', ctype: 'C', locale: null, icuRules: null } },
  serverVersion: '14.19 (Debian 14.19-1.pgdg13+1)',
  clientVersion: '14.19',
  operatorVersion: '0.2.0',
  startedAt: '2026-01-02T03:00:00.000Z',
  finishedAt: '2026-01-02T03:04:05.000Z',
  files: [{ name: 'dump.pgcustom.zst', bytes: 4096, plainBytes: 8192, sha256: SHA256, storedAs: 'dump.0a1b2c3d' }],
  tables: [{ schema: 'public', table: 'orders', rows: 7 }],
  rows: 7,
};
const candidate = (parts: Partial<Candidate> = {}): Candidate => ({ folder: 'nightly-0a1b2c3d', storedAt: '2026-01-02T03:04:06.000Z', manifestBytes: 900, sizes: new Map([['dump.0a1b2c3d', 4096]]), ...parts });

const toldOf = (manifest: Partial<Manifest>, parts?: Partial<Candidate>): object => entryOf(candidate(parts), { manifest: { ...MANIFEST, ...manifest }, sha256: SHA256 }, NOW);

describe('a stored backup', () => {
  it('is told as its manifest has it, with the digest of that', () => {
    expect(toldOf({})).toEqual({ folder: 'nightly-0a1b2c3d', manifestSha256: SHA256, finishedAt: '2026-01-02T03:04:05.000Z', bytes: 4096, plainBytes: 8192, tables: 1, rows: 7, serverVersion: '14.19 (Debian 14.19-1.pgdg13+1)' });
  });

  it('of a selection is told to be partial', () => expect(toldOf({ selection: { tables: ['orders'] } })).toHaveProperty('partial', true));

  it.each<{ why: string; manifest?: Partial<Manifest>; found?: Partial<Candidate>; problem: RegExp }>([
    { why: 'in the folder of another', found: { folder: 'nightly-ffffffff' }, problem: /that of another backup/ },
    { why: 'of another name', manifest: { object: { ...MANIFEST.object, name: 'weekly' } }, problem: /that of another backup/ },
    { why: 'of another kind', manifest: { object: { ...MANIFEST.object, kind: 'Restore' } }, problem: /that of another backup/ },
    { why: 'with a UID that is none', manifest: { object: { ...MANIFEST.object, uid: '0a1b2c3d' } }, problem: /that of another backup/ },
    { why: 'of no time', manifest: { finishedAt: 'yesterday' }, problem: /does not say when/ },
    { why: 'of next year, which would be the newest until then', manifest: { finishedAt: '2027-01-02T03:04:05Z' }, problem: /of a time that has not come/ },
    { why: 'of a server that writes to the terminal', manifest: { serverVersion: '14\u001b[2J' }, problem: /which server/ },
    { why: 'of no server', manifest: { serverVersion: '' }, problem: /which server/ },
    { why: 'without a dump', manifest: { files: [] }, problem: /names no dump/ },
    { why: 'whose dump is gone', found: { sizes: new Map() }, problem: /dump.pgcustom.zst is missing, or has not the 4096 bytes/ },
    { why: 'whose dump was cut', found: { sizes: new Map([['dump.0a1b2c3d', 4095]]) }, problem: /has not the 4096 bytes/ },
  ])('$why is refused', ({ manifest = {}, found, problem }) => expect(toldOf(manifest, found)).toEqual({ problem: expect.stringMatching(problem) as string }));

  it('keeps no more of a long version than a status takes', () => expect(toldOf({ serverVersion: `14${'x'.repeat(100)}` })).toHaveProperty('serverVersion', `14${'x'.repeat(62)}`));

  it('is refused unread when its manifest is larger than a scan reads', () => {
    expect(refuseUnread(candidate({ manifestBytes: MOST_MANIFEST_BYTES }))).toBeUndefined();
    expect(refuseUnread(candidate({ manifestBytes: MOST_MANIFEST_BYTES + 1 }))).toEqual({ problem: `its manifest has ${MOST_MANIFEST_BYTES + 1} bytes, too many for a scan` });
  });
});
