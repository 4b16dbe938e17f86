// Where upgrades are disturbed: one Database of two servers on the embedded cluster, and what it looks like.
import type { Kubectl, KubeObject } from '../../harness/kubectl.ts';
import { sqlIn } from '../../harness/servers.ts';
import { applyAndWait, conditionOf, database, waitFor, type Manifest } from '../../harness/story.ts';
import { proveDatabase, type DatabaseProof } from '../../harness/table-proof.ts';
import type { AdminApi, ApiObject } from '../api.ts';
import { DATABASE, pathOf, podsPath } from '../objects.ts';
import { OLD, type Scene } from './points.ts';

export interface Ground {
  /** In the namespace of the Database. */
  readonly kubectl: Kubectl;
  readonly api: AdminApi;
  /** That of the operator. */
  readonly operatorNamespace: string;
}

/** What status.upgrade says, as far as it matters here. */
export interface Upgrade {
  readonly step: string;
  readonly startedAt: string;
  readonly reason?: string;
  readonly backup?: string;
  readonly goesBack?: boolean;
  readonly servedAt?: string;
}
export const upgradeOf = ({ status }: { readonly status?: Readonly<Record<string, unknown>> }): Upgrade | undefined => status?.['upgrade'] as Upgrade | undefined;

const SERVERS = [`${DATABASE}-0`, `${DATABASE}-1`];
const END_SECONDS = 400;

/** True when nothing goes on; before the first upgrade too. */
export const isOverStep = (step: string | undefined): boolean => step === undefined || ['Done', 'Refused', 'Failed'].includes(step);

/** After a trial that went wrong the next one begins with a new Database, without the volumes of this one. */
const shop = (image: string): Manifest => database(DATABASE, { image, replicas: 2, deletionPolicy: 'Delete' });

/** An index that takes three seconds to make again, so that somebody can be killed while it is loaded; and some rows. */
const CONTENT = `set role app;
  create table much as select n as id, md5(n::text) as text from generate_series(1, 20000) n;
  create table few as select n as id from generate_series(1, 3) n;
  create function slowly(int) returns int immutable language sql as 'select $1';
  create index on few (slowly(id));
  create or replace function slowly(int) returns int immutable language plpgsql as 'begin perform pg_catalog.pg_sleep(1); return $1; end'`;

/** Has the Database there, of the old version, with its content. */
export async function make({ kubectl }: Ground): Promise<void> {
  await applyAndWait(kubectl, shop(OLD), 'Ready');
  await kubectl.sql(DATABASE, DATABASE, CONTENT);
}

/** Takes it away, with all that belongs to it. */
export const remove = async ({ kubectl }: Ground): Promise<void> => void (await kubectl('delete', `database/${DATABASE}`, `pod/${DATABASE}-writer`, '--ignore-not-found', '--timeout=180s'));

/** Asks for an image. */
export const ask = ({ api, kubectl }: Ground, image: string): Promise<void> => api.mergePatch(pathOf('Database', kubectl.namespace, DATABASE), { spec: { image } });

/** The Database as it is. */
export async function look({ api, kubectl }: Ground): Promise<ApiObject> {
  const object = await api.get(pathOf('Database', kubectl.namespace, DATABASE));
  if (object === undefined) throw new Error('the Database is gone');
  return object;
}

/** What is seen of the Database at a moment. */
export async function sceneOf(ground: Ground): Promise<Scene> {
  const [object, pods] = [await look(ground), await ground.api.list(podsPath(ground.kubectl.namespace))];
  const work = pods.filter(({ status, metadata }) => status?.phase === 'Running' && metadata.deletionTimestamp === undefined).map(({ metadata }) => metadata.name);
  const primary = pods.find(({ metadata }) => metadata.name === SERVERS[0]);
  return { step: upgradeOf(object)?.step, work, image: primary && imageOf(primary) };
}

const imageOf = ({ spec }: Pick<ApiObject, 'spec'>): string | undefined => (spec['containers'] as { image: string }[])[0]?.image;

/** Waits until the upgrade that began after another one is over, and the servers are Ready. */
export async function untilOver({ kubectl }: Ground, earlier: Upgrade | undefined): Promise<KubeObject> {
  const isOver = (seen: KubeObject): boolean => {
    const upgrade = upgradeOf(seen);
    return upgrade !== undefined && upgrade.startedAt !== earlier?.startedAt && isOverStep(upgrade.step) && isSettled(seen);
  };
  return waitFor(kubectl, `database/${DATABASE}`, { what: 'the end of the upgrade', wanted: isOver, seconds: END_SECONDS });
}

/** The image that runs, once nothing more happens to the servers; one that was asked for and did not come to run is taken out of the spec. */
export async function versionIn(ground: Ground): Promise<string | undefined> {
  const { image } = await sceneOf(ground);
  if (image !== undefined && (await look(ground)).spec['image'] !== image) await ask(ground, image);
  await waitFor(ground.kubectl, `database/${DATABASE}`, { what: 'Ready with its spec in force', wanted: isSettled, seconds: END_SECONDS });
  return image;
}

const isSettled = (object: KubeObject): boolean => object.status?.phase === 'Ready' && object.status['observedGeneration'] === object.metadata.generation && conditionOf(object, 'Progressing')?.status === 'False';

/** The images and the versions of both servers. */
export async function versionsOf({ kubectl }: Ground): Promise<string[]> {
  const said = await Promise.all(SERVERS.map(async (pod) => `${imageOf((await kubectl.get('pod', pod)) ?? { spec: { containers: [] } })} runs ${(await sqlIn(kubectl, pod, 'postgres', 'show server_version')).split('.')[0]}`));
  return [...new Set(said)];
}

/** What each server holds, without the rows of the client that writes. */
export const contentsOf = ({ kubectl }: Ground): Promise<DatabaseProof[]> =>
  Promise.all(SERVERS.map(async (pod) => {
    const tables = await proveDatabase((sql) => sqlIn(kubectl, pod, DATABASE, sql));
    return Object.fromEntries(Object.entries(tables).filter(([name]) => name !== 'public.written'));
  }));
