// One kill at one moment of an upgrade or of the way back, while a client writes.
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../harness/kubectl.ts';
import { conditionOf } from '../../harness/story.ts';
import type { DatabaseProof } from '../../harness/table-proof.ts';
import { startWriter, type Writer } from '../../harness/writer.ts';
import { messageOf } from '../../lib/error.ts';
import type { KillEnding } from '../kill-ending.ts';
import { DATABASE, podsPath } from '../objects.ts';
import { ask, contentsOf, isOverStep, look, sceneOf, untilOver, upgradeOf, versionsOf, type Ground, type Upgrade } from './ground.ts';
import { CHANGES, OLD, pointOf, type Kill, type Scene } from './points.ts';

/** How a trial went: which servers it ended with. */
export interface KillTrial extends Kill, KillEnding {}

/** Brings the Database to another image, with nobody killed. @throws Error when it does not come there. */
export async function change(ground: Ground, image: string): Promise<void> {
  const earlier = upgradeOf(await look(ground));
  await ask(ground, image);
  const { step, reason } = upgradeOf(await untilOver(ground, earlier)) ?? {};
  if (step !== 'Done') throw new Error(`without any kill the change to ${image} ended as ${step}: ${reason}`);
}

/** Kills somebody at a moment. The Database runs the image that the change begins with, and holds `content`. */
export async function killAt(ground: Ground, kill: Kill, content: DatabaseProof): Promise<KillTrial> {
  const { to } = CHANGES[kill.change];
  // The data that was gone back to has the table of an earlier trial.
  await ground.kubectl.sql(DATABASE, DATABASE, 'drop table if exists written');
  const writer = await startWriter(ground.kubectl, DATABASE, OLD);
  await writer.reaches(5);
  const startedAt = performance.now();
  const earlier = upgradeOf(await look(ground));
  await ask(ground, to);
  const killed = await strikeAt(ground, kill);
  const over = await untilOver(ground, earlier).catch((error: unknown) => messageOf(error));
  const seconds = (performance.now() - startedAt) / 1000;
  if (typeof over === 'string') return { ...kill, ending: 'it did not end', killed, seconds, gap: Number.NaN, problems: [over] };
  const { ending, wrong } = await endOf(ground, kill, { over, content });
  const rows = await rowsOf(ground, { writer, over, content });
  return { ...kill, ending, killed, seconds, gap: rows.gap, problems: [...wrong, ...rows.problems] };
}

const REACH_SECONDS = 120;

/** Waits for the moment and kills the victim, as soon as it is seen. */
async function strikeAt(ground: Ground, kill: Kill): Promise<boolean> {
  const { isNow, work } = pointOf(kill);
  if (kill.change === 'withdrawn') {
    await until(ground, pointOf({ ...kill, change: 'upgrade', point: 'the Backup is loaded' }).isNow);
    await ask(ground, OLD);
  }
  return (await until(ground, isNow)) && strike(ground, kill, work);
}

/** False when it was not seen before the upgrade was over: a runner may be there for less time than the kubelet needs to say so. */
async function until(ground: Ground, isNow: (scene: Scene) => boolean): Promise<boolean> {
  const deadline = Date.now() + REACH_SECONDS * 1000;
  let begun = false;
  while (Date.now() < deadline) {
    const scene = await sceneOf(ground);
    if (isNow(scene)) return true;
    if (begun && isOverStep(scene.step)) return false;
    begun ||= !isOverStep(scene.step);
    await sleep(20);
  }
  return false;
}

/** Kills the victim; false when there is none. */
async function strike({ api, kubectl, operatorNamespace }: Ground, { victim }: Kill, work: string | undefined): Promise<boolean> {
  const deleted = async (folder: string, pod: string, seconds: number): Promise<boolean> => (await api.ask('DELETE', `${folder}/${pod}`, { gracePeriodSeconds: seconds })).status < 300;
  const own = podsPath(kubectl.namespace);
  switch (victim) {
    case 'runner': {
      const runner = (await api.list(own)).find(({ metadata, status }) => metadata.name.includes(work ?? '') && status?.phase === 'Running');
      return runner !== undefined && deleted(own, runner.metadata.name, 0);
    }
    case 'controller': {
      const controllers = await api.list(`${podsPath(operatorNamespace)}?labelSelector=control-plane%3Dcontroller-manager`);
      const killed = await Promise.all(controllers.map(({ metadata }) => deleted(podsPath(operatorNamespace), metadata.name, 0)));
      return killed.includes(true);
    }
    case 'server':
      // It has a second to stop, and is killed in the middle of that.
      return deleted(own, `${DATABASE}-0`, 1);
    case 'standby':
      return deleted(own, `${DATABASE}-1`, 1);
  }
}

/** What there is to judge the end by. */
interface End {
  readonly over: KubeObject;
  readonly content: DatabaseProof;
}

/** The old servers in full, or the new ones in full; and what the status says is so. */
async function endOf(ground: Ground, { change }: Kill, { over, content }: End): Promise<{ ending: string; wrong: string[] }> {
  const { from, to } = CHANGES[change];
  const { step, reason = '' } = upgradeOf(over) ?? {};
  const expected = step === 'Done' ? to : from;
  const versions = (await versionsOf(ground)).join(' and ');
  const isSaid = step === 'Done' || over.spec['image'] === from || conditionOf(over, 'Degraded')?.status === 'True';
  const contents = await settled(ground, content);
  const wrong = [
    ...(versions === `${expected} runs ${expected.split(':')[1]}` ? [] : [`the status says ${step}, so that ${expected} was to run, and ${versions}`]),
    ...(isSaid ? [] : [`it is ${step} for ${reason}, and Degraded does not say so`]),
    ...contents.flatMap((seen, server) => (JSON.stringify(seen) === JSON.stringify(content) ? [] : [`server ${server} holds ${JSON.stringify(seen)}`])),
  ];
  return { ending: step === 'Done' ? 'as asked for' : `as before: ${reason}`, wrong };
}

/** A standby shows what its primary was told a moment later. */
async function settled(ground: Ground, content: DatabaseProof): Promise<DatabaseProof[]> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const contents = await contentsOf(ground);
    if (Date.now() > deadline || contents.every((seen) => JSON.stringify(seen) === JSON.stringify(content))) return contents;
    await sleep(500);
  }
}

/** Every row that was acknowledged is in the database; after the way back, which leaves them behind, in the Backup that was taken for it. */
async function rowsOf(ground: Ground, { writer, over, content }: End & { readonly writer: Writer }): Promise<{ gap: number; problems: string[] }> {
  const upgrade = upgradeOf(over);
  const wentBack = upgrade?.goesBack === true && upgrade.step === 'Done';
  if (wentBack) await ground.kubectl.sql(DATABASE, DATABASE, 'set role app; create table if not exists written (n int)');
  await writer.reaches((await writer.acknowledged()) + 5);
  const gap = await writer.longestGap();
  if (wentBack) return { gap, problems: await leftBehind(ground, upgrade, { writer, content }) };
  const missing = await writer.missing();
  return { gap, problems: missing.length === 0 ? [] : [`${missing.length} acknowledged rows are missing, the first is ${missing[0]}`] };
}

/** The client wrote its first row after the upgrade; what it writes after the way back is in the data of before, which may have the table of another trial. */
async function leftBehind({ kubectl }: Ground, { backup: name = '', servedAt = '' }: Upgrade, { writer, content }: { readonly writer: Writer; readonly content: DatabaseProof }): Promise<string[]> {
  const acknowledged = await writer.acknowledged(Date.parse(servedAt));
  await writer.missing();
  const backup = await kubectl.get('backup', name);
  const fixed = Object.values(content).reduce((sum, { rows }) => sum + rows, 0);
  const saved = Number(backup?.status?.['rows']) - fixed;
  return saved >= acknowledged ? [] : [`${acknowledged} rows were acknowledged before the way back, and Backup ${name} has ${saved} of them`];
}
