// What can have happened to a backup before it is restored, drawn by lot, and for which reasons it is refused then. Pure.
import type { RunFailureReason } from '@postgres-operator/api';
import type { Dice } from '../backup/dice.ts';

/** Two files of a backup, as bytes; a file that is undefined is not there. */
export interface BackupBytes {
  readonly dump: Buffer | undefined;
  readonly manifest: Buffer | undefined;
}

/** One damage. */
export interface Damage {
  /** The kind, a row of the table. */
  readonly kind: string;
  readonly reasons: readonly RunFailureReason[];
  /** True when the Restore asks for the damaged manifest itself, as if its Backup had been completed with it. */
  readonly vouched?: true;
  apply(own: Required<BackupBytes>, other: BackupBytes): BackupBytes;
}

type Bytes = (bytes: Buffer) => Buffer;
type Draw = (dice: Dice) => Damage;

const flipped = (share: number, bit: number): Bytes => (bytes) => {
  const copy = Buffer.from(bytes);
  const at = Math.floor(share * copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << bit);
  return copy;
};

const cut = (share: number): Bytes => (bytes) => bytes.subarray(0, Math.floor(share * bytes.length));

/** Two pieces of one length change places. */
const reordered = (one: number, other: number): Bytes => (bytes) => {
  const length = Math.floor(bytes.length / 8);
  const [first, second] = [Math.min(one, other), Math.max(one, other)].map((share) => Math.floor(share * 3) * length) as [number, number];
  const later = second + 4 * length;
  return Buffer.concat([bytes.subarray(0, first), bytes.subarray(later, later + length), bytes.subarray(first + length, later), bytes.subarray(first, first + length), bytes.subarray(later + length)]);
};

const zeroed = (share: number, length: number): Bytes => (bytes) => {
  const copy = Buffer.from(bytes);
  const at = Math.floor(share * (copy.length - length));
  return copy.fill(0, at, at + length);
};

const ofDump = (kind: string, change: Bytes): Damage => ({ kind, reasons: ['BackupCorrupt'], apply: ({ dump, manifest }) => ({ dump: dump && change(dump), manifest }) });
const ofManifest = (kind: string, change: Bytes): Damage => ({ kind, reasons: ['BackupCorrupt'], apply: ({ dump, manifest }) => ({ dump, manifest: manifest && change(manifest) }) });

interface ManifestJson {
  files: { name: string; bytes: number; sha256: string }[];
}

/** A manifest that says something else, and that the Restore asks for. */
const rewritten = (kind: string, reason: RunFailureReason, change: (manifest: ManifestJson) => object): Damage => ({
  ...ofManifest(kind, (bytes) => Buffer.from(JSON.stringify(change(JSON.parse(bytes.toString()) as ManifestJson)))),
  reasons: [reason],
  vouched: true,
});

const dumpSays = (manifest: ManifestJson, change: (file: ManifestJson['files'][number]) => object): object => ({
  ...manifest,
  files: manifest.files.map((file) => (file.name.startsWith('dump') ? { ...file, ...change(file) } : file)),
});

const DRAWS: readonly [Draw, ...Draw[]] = [
  (dice) => ofDump('the dump is truncated', cut(dice.share())),
  (dice) => ofDump('a bit of the dump is flipped', flipped(dice.share(), dice.below(8))),
  (dice) => ofDump('pieces of the dump have changed places', reordered(dice.share(), dice.share())),
  (dice) => ofDump('a page of the dump is empty', zeroed(dice.share(), 4096)),
  (dice) => ofDump('something follows the dump', (bytes) => Buffer.concat([bytes, bytes.subarray(0, 1 + dice.below(100))])),
  () => ({ kind: "the dump is another backup's", reasons: ['BackupCorrupt'], apply: ({ manifest }, other) => ({ dump: other.dump, manifest }) }),
  () => ({ kind: "dump and manifest are another backup's", reasons: ['BackupCorrupt'], apply: (_own, other) => other }),
  (dice) => ofManifest('the manifest is truncated', cut(dice.share())),
  (dice) => ofManifest('a bit of the manifest is flipped', flipped(dice.share(), dice.below(8))),
  (dice) => rewritten('the manifest is of another format', 'BackupCorrupt', (manifest) => ({ ...manifest, formatVersion: dice.of<unknown>([0, 2, 10, '1', null]) })),
  (dice) => rewritten('the manifest is of a newer server', 'ServerTooOld', (manifest) => ({ ...manifest, serverVersion: dice.of(['16.4', '17.0', '18.1']) })),
  (dice) => rewritten('the manifest says another size', 'BackupCorrupt', (manifest) => dumpSays(manifest, ({ bytes }) => ({ bytes: bytes + dice.of([-1, 1]) }))),
  () => rewritten('the manifest says another digest', 'BackupCorrupt', (manifest) => dumpSays(manifest, ({ sha256 }) => ({ sha256: [...sha256].toReversed().join('') }))),
  () => ({ kind: 'the dump is gone', reasons: ['BackupCorrupt', 'BackupMissing'], apply: ({ manifest }) => ({ dump: undefined, manifest }) }),
  () => ({ kind: 'the manifest is gone', reasons: ['BackupMissing'], apply: ({ dump }) => ({ dump, manifest: undefined }) }),
];

/** Draws the damage of a trial: the kinds in turns, the rest by lot. */
export const drawDamage = (turn: number, dice: Dice): Damage => (DRAWS[turn % DRAWS.length] ?? DRAWS[0])(dice);
