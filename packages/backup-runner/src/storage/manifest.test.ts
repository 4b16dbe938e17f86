import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dumpFileOf, formatManifest, parseManifest, sourceOf, type Manifest } from './manifest.ts';

const manifest: Manifest = {
  formatVersion: 1,
  location: 'pvc://backups/shop/db/nightly',
  object: { kind: 'Backup', namespace: 'shop', name: 'nightly', uid: '0a1b2c3d-0000-4000-8000-000000000001' },
  database: { name: 'we"ird $db', encoding: 'UTF8', locale: { provider: 'libc', collate: 'C', ctype: 'C', locale: null, icuRules: null } },
  serverVersion: '15.18',
  clientVersion: '15.18',
  operatorVersion: '0.1.0',
  startedAt: '2026-11-23T00:00:00.000Z',
  finishedAt: '2026-11-23T00:00:01.000Z',
  files: [{ name: 'dump.pgcustom.zst', bytes: 1, plainBytes: 2, sha256: 'a'.repeat(64) }],
};

describe('a manifest', () => {
  it('comes back as it was written', () => expect(parseManifest(formatManifest(manifest))).toEqual(manifest));

  it('comes back with its tables, one line each', () => {
    const full = { ...manifest, rows: 3, tables: [{ schema: 'public', table: 'a', rows: 1 }, { schema: 'public', table: 'b"', rows: 2 }] };
    expect(parseManifest(formatManifest(full))).toEqual(full);
    expect(parseManifest(formatManifest({ ...full, tables: [] }))).toEqual({ ...full, tables: [] });
    expect(formatManifest(full)).toContain('\n    {"schema":"public","table":"a","rows":1},\n');
  });

  it('says where it was read, in words that results know', () => {
    expect(sourceOf(manifest)).toEqual({});
    expect(sourceOf({ ...manifest, source: 'Primary', sourceNote: 'why' })).toEqual({ source: 'Primary', sourceNote: 'why' });
    expect(sourceOf({ ...manifest, source: 'of a later version' })).toEqual({});
  });

  it('names its dump', () => expect(dumpFileOf(manifest)?.bytes).toBe(1));

  it('passes with fields that a later version added', () => {
    expect(parseManifest(JSON.stringify({ ...manifest, tables: [] }))).toMatchObject({ location: manifest.location });
  });

  it.each([
    ['', 'not JSON'],
    ['{"formatVersion":1', 'not JSON'],
    ['[]', 'not an object'],
    ['null', 'not an object'],
    [JSON.stringify({ ...manifest, formatVersion: 2 }), 'format 2'],
    [JSON.stringify({ ...manifest, files: [{ name: 'x' }] }), '"files"'],
    [JSON.stringify({ ...manifest, files: [{ ...manifest.files[0], sha256: 'A' }] }), '"files"'],
    [JSON.stringify({ ...manifest, files: [{ ...manifest.files[0], bytes: -1 }] }), '"files"'],
    [JSON.stringify({ ...manifest, files: [{ ...manifest.files[0], storedAs: '../x' }] }), '"files"'],
    [JSON.stringify({ ...manifest, tables: [{ schema: 'public', table: 'item' }] }), '"tables"'],
    [JSON.stringify({ ...manifest, snapshot: { time: 1 } }), '"snapshot"'],
    [JSON.stringify({ ...manifest, extensions: [{ name: 'x' }] }), '"extensions"'],
    [JSON.stringify({ ...manifest, roles: [1] }), '"roles"'],
    [JSON.stringify({ ...manifest, superuserOnly: [{ kind: 'x' }] }), '"superuserOnly"'],
    [JSON.stringify({ ...manifest, object: undefined }), '"object"'],
    [JSON.stringify({ ...manifest, database: { name: 'x' } }), '"database"'],
  ])('%.40s is refused: %s', (text, problem) => expect(parseManifest(text)).toMatchObject({ problem: expect.stringContaining(problem) as string }));

  it('is refused or read, whatever it is: no text makes the reader throw', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => typeof parseManifest(text) === 'object'));
  });
});
