// What can go wrong with one backup, drawn by lot, and how the run may end then. Pure.
import type { RunFailureReason } from '@postgres-operator/api';
import type { Operation, Rule } from '../../faulty-proxy/rules.ts';
import type { Dice } from './dice.ts';

/** What is disturbed. */
export type Group = 'pg_dump' | 'runner' | 'store' | 'flipped-bit' | 'claim';

/** The groups, with their ids in measured.md; in turns, so that none waits for luck. */
export const FIGURES: Readonly<Record<Group, string>> = { pg_dump: 'R4', runner: 'R5', store: 'R6', 'flipped-bit': 'R6-flip', claim: 'R7' };
export const GROUPS = Object.keys(FIGURES) as Group[];

/** How a run ends: well, for a reason, or without a word. */
export type Ending = 'succeeded' | RunFailureReason | 'silent';

/** pg_dump, replaced by one that writes only a share of its bytes and then ends like that. */
export interface BrokenTool {
  readonly share: number;
  readonly end: 'exit 0' | 'exit 1' | 'SIGKILL' | 'SIGTERM';
}

/** A signal to the runner after a share of the time that a run takes, or to pg_dump at a percentage of the dump. */
export type Strike =
  | { readonly on: 'runner'; readonly signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'; readonly at: number }
  | { readonly on: 'pg_dump'; readonly signal: 'SIGTERM' | 'SIGKILL'; readonly percent: number };

/** A claim with room for a share of what the backup needs, or with none to write at all. */
export type SmallClaim = { readonly room: number } | 'read-only';

/** One way in which a backup is disturbed. */
export interface Fault {
  readonly group: Group;
  /** The kind, a row of the table. */
  readonly kind: string;
  readonly place: 's3' | 'claim';
  readonly rules?: readonly Rule[];
  readonly tool?: BrokenTool;
  readonly strike?: Strike;
  readonly claim?: SmallClaim;
  /** The ends that are right. */
  readonly endings: readonly Ending[];
  /** True when what it leaves is for the next attempt, or a discard, to remove. */
  readonly mayLeave?: true;
}

/** What is known of a run without a fault. */
export interface Measure {
  /** Parts of its upload. */
  readonly parts: number;
}

/** Draws a fault of a group. */
export function drawFault(group: Group, dice: Dice, measure: Measure): Fault {
  return { group, ...DRAW[group](dice, measure) };
}

type Draw = (dice: Dice, measure: Measure) => Omit<Fault, 'group'>;

// The shares of the issue, and any other one.
const somewhere = (dice: Dice): number => (dice.below(2) === 0 ? dice.of([0, 0.1, 0.5, 0.99]) : dice.share());
const place = (dice: Dice): Fault['place'] => dice.of(['s3', 'claim']);

function ofPgDump(dice: Dice): Omit<Fault, 'group'> {
  if (dice.below(4) === 0) {
    const signal = dice.of(['SIGKILL', 'SIGTERM']);
    // It may have ended before the signal comes.
    return { kind: `pg_dump gets ${signal} while it runs`, place: place(dice), strike: { on: 'pg_dump', signal, percent: Math.floor(somewhere(dice) * 100) }, endings: ['DumpFailed', 'succeeded'] };
  }
  const end = dice.of(['exit 0', 'exit 1', 'SIGKILL', 'SIGTERM']);
  // All of its bytes and then a failure must fail too; all of them and success is no fault.
  const share = end !== 'exit 0' && dice.below(8) === 0 ? 1 : somewhere(dice);
  return { kind: `pg_dump writes a part, then ${end}`, place: place(dice), tool: { share, end }, endings: ['DumpFailed'] };
}

function ofRunner(dice: Dice): Omit<Fault, 'group'> {
  const signal = dice.of(['SIGTERM', 'SIGINT', 'SIGKILL']);
  const endings: readonly Ending[] = signal === 'SIGKILL' ? ['silent', 'succeeded'] : ['Cancelled', 'silent', 'succeeded'];
  return { kind: `the runner gets ${signal}`, place: place(dice), strike: { on: 'runner', signal, at: dice.share() * 1.05 }, endings, ...(signal === 'SIGKILL' && { mayLeave: true }) };
}

type Trouble = readonly [kind: string, ending: Ending, rule: (part: number, dice: Dice) => Rule];

const TROUBLES: readonly [Trouble, ...Trouble[]] = [
  ['503 once or twice', 'succeeded', (skip, dice) => ({ on: 'UploadPart', fault: { answer: 503, code: 'SlowDown' }, skip, times: 1 + dice.below(2) })],
  ['500 to the first request', 'succeeded', () => ({ on: 'CreateMultipartUpload', fault: { answer: 500, code: 'InternalError' }, times: 1 })],
  ['slow', 'succeeded', (_part, dice) => ({ on: 'UploadPart', fault: { delayMs: 50 + dice.below(450) } })],
  ['a connection breaks', 'succeeded', (skip) => ({ on: 'UploadPart', fault: 'reset', skip, times: 1 })],
  ['200 with an error on complete, once', 'succeeded', () => ({ on: 'CompleteMultipartUpload', fault: { answer: 200, code: 'InternalError' }, times: 1 })],
  ['an answer is lost', 'succeeded', (_part, dice) => ({ on: dice.of<Operation>(['UploadPart', 'CompleteMultipartUpload', 'PutObject', 'PutManifest']), fault: 'lose the answer', times: 1 })],
  ['503 for ever', 'StorageUnreachable', (skip) => ({ on: 'UploadPart', fault: { answer: 503, code: 'SlowDown' }, skip })],
  ['500 for ever on complete', 'StorageUnreachable', () => ({ on: 'CompleteMultipartUpload', fault: { answer: 500, code: 'InternalError' } })],
  ['200 with an error on complete, for ever', 'StorageUnreachable', () => ({ on: 'CompleteMultipartUpload', fault: { answer: 200, code: 'InternalError' } })],
  ['every connection breaks', 'StorageUnreachable', (skip) => ({ on: 'UploadPart', fault: 'reset', skip })],
  ['503 for ever on the manifest', 'StorageUnreachable', () => ({ on: 'PutManifest', fault: { answer: 503, code: 'ServiceUnavailable' } })],
  ['403 half-way', 'StorageDenied', (skip) => ({ on: 'UploadPart', fault: { answer: 403, code: 'AccessDenied' }, skip })],
  ['403 on the manifest', 'StorageDenied', () => ({ on: 'PutManifest', fault: { answer: 403, code: 'AccessDenied' } })],
  ['the quota is full', 'StorageFull', (skip) => ({ on: 'UploadPart', fault: { answer: 507, code: 'QuotaExceeded' }, skip })],
  ['a wrong ETag', 'StorageFailed', (skip) => ({ on: 'UploadPart', fault: 'wrong ETag', skip, times: 1 })],
  ['412 on complete', 'StorageFailed', () => ({ on: 'CompleteMultipartUpload', fault: { answer: 412, code: 'PreconditionFailed' } })],
  ['412 on publish', 'StorageFailed', () => ({ on: 'PutManifest', fault: { answer: 412, code: 'PreconditionFailed' } })],
];

function ofStore(dice: Dice, { parts }: Measure): Omit<Fault, 'group'> {
  const part = dice.below(parts);
  if (dice.below(TROUBLES.length + 1) === 0) {
    return { kind: 'the store dies', place: 's3', rules: [{ on: 'UploadPart', fault: 'drop dead', skip: part }], endings: ['StorageUnreachable'], mayLeave: true };
  }
  const [kind, ending, rule] = dice.of(TROUBLES);
  return { kind, place: 's3', rules: [rule(part, dice)], endings: [ending] };
}

/** Where a bit flips, how often it has passed unharmed before, and the end when it flips once. */
type Flip = readonly [on: Operation, skip: number, once: Ending];

function flippedBit(dice: Dice, { parts }: Measure): Omit<Fault, 'group'> {
  const part: Flip = ['UploadPart', dice.below(parts), 'succeeded'];
  // Of the manifest's reads the first looks for an earlier attempt, the second reads it back.
  const other = dice.of<Flip>([['PutObject', 0, 'succeeded'], ['PutManifest', 0, 'succeeded'], ['GetManifest', 1, 'StorageFailed']]);
  const [on, skip, once] = dice.below(4) > 0 ? part : other;
  const flip = { flipAt: dice.share() };
  const again = dice.below(2) === 0;
  const rule: Rule = again ? { on, fault: flip, skip } : { on, fault: flip, skip, times: 1 };
  return { kind: `a bit flips in ${on}${again ? ', each time' : ''}`, place: 's3', rules: [rule], endings: [again ? 'StorageFailed' : once] };
}

function ofClaim(dice: Dice): Omit<Fault, 'group'> {
  if (dice.below(4) === 0) return { kind: 'the claim is read-only', place: 'claim', claim: 'read-only', endings: ['StorageFailed'] };
  return { kind: 'the claim is full', place: 'claim', claim: { room: dice.share() * 0.98 }, endings: ['StorageFull'] };
}

const DRAW: Readonly<Record<Group, Draw>> = { pg_dump: ofPgDump, runner: ofRunner, store: ofStore, 'flipped-bit': flippedBit, claim: ofClaim };
