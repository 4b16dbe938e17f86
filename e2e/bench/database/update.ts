// P12: what a client that writes notices of another minor image for three servers.
import { tagImage, type Cluster } from '../../cluster/index.ts';
import { conditionOf, database, waitFor } from '../../harness/story.ts';
import { startWriter } from '../../harness/writer.ts';
import { IMAGE, inNamespace } from './starts.ts';

/** The same content under the name that the next minor version would have. */
const NEXT = `${IMAGE}.next`;

/** An update under writes. */
export interface Update {
  /** From the change of the spec until all servers run the new image. */
  readonly seconds: number;
  /** Seconds between two acknowledged rows in a row, at most. */
  readonly gap: number;
  readonly acknowledged: number;
  /** Attempts that got an error. */
  readonly errors: number;
  /** Acknowledged rows that are not there. */
  readonly lost: number;
}

/** Updates one Database of three servers that many times, there and back. */
export async function updates(cluster: Cluster, rounds: number): Promise<Update[]> {
  await tagImage(cluster, `docker.io/library/${IMAGE}`, `docker.io/library/${NEXT}`);
  return inNamespace(cluster, 'bench-update', async (kubectl) => {
    const done: Update[] = [];
    const isAt = async (image: string): Promise<void> => {
      await kubectl.apply(database('shop', { image, replicas: 3 }));
      const generation = (await kubectl.get('database', 'shop'))?.metadata.generation;
      const wanted = (object: Parameters<typeof conditionOf>[0]): boolean => object?.status?.phase === 'Ready' && object.status['observedGeneration'] === generation && conditionOf(object, 'Progressing')?.status === 'False';
      await waitFor(kubectl, 'database/shop', { what: `being up with ${image}`, wanted, seconds: 240 });
    };
    await isAt(IMAGE);
    for (let round = 0; round < rounds; round += 1) {
      const writer = await startWriter(kubectl, 'shop', IMAGE);
      await writer.reaches(50);
      const startedAt = performance.now();
      await isAt(round % 2 === 0 ? NEXT : IMAGE);
      const seconds = (performance.now() - startedAt) / 1000;
      await writer.reaches((await writer.acknowledged()) + 50);
      const [gap, errors, acknowledged, missing] = [await writer.longestGap(), await writer.errors(), await writer.acknowledged(), await writer.missing()];
      console.error(`  an update: ${seconds.toFixed(1)} s, longest gap ${gap.toFixed(2)} s, ${errors} errors, ${missing.length} of ${acknowledged} acknowledged rows lost`);
      done.push({ seconds, gap, errors, acknowledged, lost: missing.length });
    }
    return done;
  });
}
