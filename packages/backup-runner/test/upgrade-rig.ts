// What the stories of upgrades share: an old server with a database, the mounts of a pod, and the requests in their order.
import { join } from 'node:path';
import { expect } from 'vitest';
import type { DumpSucceeded, RequestHead, RunRequest, UpgradeCheckRequest, UpgradeCheckSucceeded, UpgradeLoadRequest, UpgradeVerifySucceeded } from '@postgres-operator/api';
import { dumpRequest, runToEnd, type Ended, type Pod } from './runner.ts';
import type { PostgresServer } from './postgres-server.ts';

/** The Database of the stories. */
export const OBJECT = { kind: 'Database', namespace: 'shop', name: 'orders', uid: 'dddddddd-0000-4000-8000-000000000000' };
const FOLDER = 'shop/db/upgrade-0a1b2c3d';

/** The surroundings of one upgrade. */
export interface UpgradeRig {
  readonly old: PostgresServer;
  readonly pod: Pod;
  readonly database: string;
}

const headOf = ({ database }: UpgradeRig, { port }: PostgresServer): RequestHead & Pick<UpgradeLoadRequest, 'server'> => ({ v: 1, object: OBJECT, operatorVersion: '0.3.0', server: { host: '127.0.0.1', port, database } });

/** On the old server's volume. */
export const handoverOf = ({ old }: UpgradeRig): string => join(old.folder, '.upgrade', 'dddddddd');

/** The requests of an upgrade. */
export interface UpgradeRequests {
  check(toMajor: number, changes?: Partial<UpgradeCheckRequest>): UpgradeCheckRequest;
  prepare(): RunRequest;
  dump(toMajor: number): RunRequest;
  verify(): RunRequest;
  load(to: PostgresServer, dumped: DumpSucceeded, changes?: Partial<UpgradeLoadRequest>): UpgradeLoadRequest;
}

/** Those of one rig. */
export const requests = (rig: UpgradeRig): UpgradeRequests => ({
  check: (toMajor, changes = {}) => ({ ...headOf(rig, rig.old), command: 'upgradeCheck', toMajor, ...changes }),
  prepare: () => ({ ...headOf(rig, rig.old), command: 'upgradePrepare', handover: handoverOf(rig) }),
  verify: () => ({ ...headOf(rig, rig.old), command: 'upgradeVerify', handover: handoverOf(rig) }),
  dump: (toMajor) => dumpRequest({ host: '127.0.0.1', port: rig.old.port, database: rig.database }, { clientMajor: toMajor, destination: { location: `pvc://backups/${FOLDER}`, path: FOLDER } }),
  load: (to, dumped, changes = {}) => ({
    ...headOf(rig, to),
    command: 'upgradeLoad',
    handover: handoverOf(rig),
    previousDataDirectory: rig.old.data,
    source: { location: `pvc://backups/${FOLDER}`, path: FOLDER, manifestSha256: dumped.manifestSha256 },
    ...changes,
  }),
});

/** The result of a run that succeeded with what `command` says. */
export function succeeded<T extends { command: string }>({ result, log }: Ended, command: T['command']): T {
  expect(result, log).toMatchObject({ outcome: 'succeeded', command });
  return result as unknown as T;
}

/** Everything before the old server ends; it has ended afterwards. */
export async function leave(rig: UpgradeRig, toMajor: number): Promise<DumpSucceeded> {
  const ask = requests(rig);
  expect(succeeded<UpgradeCheckSucceeded>(await runToEnd(rig.pod, ask.check(toMajor)), 'upgradeCheck').findings).toEqual([]);
  succeeded(await runToEnd(rig.pod, ask.prepare()), 'upgradePrepare');
  const dumped = succeeded<DumpSucceeded>(await runToEnd(rig.pod, ask.dump(toMajor)), 'dump');
  expect(succeeded<UpgradeVerifySucceeded>(await runToEnd(rig.pod, ask.verify()), 'upgradeVerify').findings).toEqual([]);
  await rig.old.shutDown();
  return dumped;
}
