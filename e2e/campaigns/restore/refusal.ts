// R8: one damaged backup that somebody wants to restore.
import type { DatabaseProof } from '../../harness/table-proof.ts';
import { contentOf } from '../backup/oracle.ts';
import type { Dice } from '../backup/dice.ts';
import { drawDamage } from './damage.ts';
import { LIVE, type RestoreRig } from './rig.ts';
import type { Trial } from './trial.ts';

/** Restores a damaged backup, and says what was wrong with how that went. */
export async function tryDamage(rig: RestoreRig, turn: number, dice: Dice): Promise<Trial> {
  const startedAt = performance.now();
  const damage = drawDamage(turn, dice);
  const files = damage.apply(rig.own, rig.other);
  await rig.store(files);
  const mode = dice.below(4) === 0 ? 'replace' : undefined;
  const request = rig.request(damage.vouched === true ? files.manifest : rig.own.manifest, { ...(mode !== undefined && { mode }), jobs: dice.of([1, 2]) });
  const before = await stateOf(rig);
  const { result, log } = await rig.run(request);
  const after = await stateOf(rig);
  const ending = result.outcome === 'failed' ? result.reason : result.outcome;
  const problems = [
    ...(damage.reasons.some((reason) => reason === ending) ? [] : [`it ended as ${ending}, not as ${damage.reasons.join(' or ')}: ${log.trim().split('\n').at(-1)}`]),
    ...(after.nextTransaction === before.nextTransaction ? [] : ['a transaction wrote something']),
    ...(JSON.stringify(after) === JSON.stringify(before) ? [] : [`the server holds ${JSON.stringify(after)} instead of ${JSON.stringify(before)}`]),
    ...(await rig.files()).map((file) => `it left ${file}`),
  ];
  return { group: 'archive', kind: damage.kind, ending, problems, seconds: (performance.now() - startedAt) / 1000 };
}

interface State {
  readonly databases: unknown;
  /** Reading needs no transaction number. */
  readonly nextTransaction: unknown;
  readonly content: DatabaseProof;
}

async function stateOf({ server }: RestoreRig): Promise<State> {
  const [row] = await server.query<{ next: string; databases: string }>(
    'postgres',
    `select pg_snapshot_xmax(pg_current_snapshot())::text as next, (select json_agg(d order by d.oid)::text from (select oid, datname, datacl::text, datconnlimit, datallowconn, datdba from pg_database) d) as databases`,
  );
  return { databases: row?.databases, nextTransaction: row?.next, content: await contentOf(server, LIVE) };
}
