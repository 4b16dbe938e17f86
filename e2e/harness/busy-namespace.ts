// Namespaces in the midst of work, and their end.
import { holdTable, waitForBlockedDump } from './hold.ts';
import type { Kubectl } from './kubectl.ts';
import { applyAndWait, backup, database } from './story.ts';

/** A table that is dumped in a moment. */
export const TABLE = 'set role app; create table orders as select n as id, md5(n::text) as note from generate_series(1, 5000) n';

/** What may lie in one of them when it is asked for, by kubectl's names. */
const OURS = 'databases,backups,statefulsets,jobs,pods';
/** Only what never ends takes this long. */
const PATIENCE_MS = 240_000;

/** Fills a namespace: a Database, a Backup that is Completed, one whose dump waits for a lock, and a schedule. Each Backup is to take its data with it. */
export async function makeBusy(kubectl: Kubectl, spec: Record<string, unknown> = {}): Promise<void> {
  const andData = { deletionPolicy: 'Delete', ...spec };
  await applyAndWait(kubectl, database('shop'), 'Ready');
  await kubectl.sql('shop', 'shop', TABLE);
  await applyAndWait(kubectl, backup('done', 'shop', andData), 'Completed');
  await holdTable(kubectl, 'shop', 'orders');
  await kubectl.apply(backup('running', 'shop', andData));
  await kubectl.apply(backup('daily', 'shop', { schedule: '@daily', ...andData }));
  await waitForBlockedDump(kubectl, 'shop');
}

/** Deletes namespaces at the same time; gives the seconds until nothing of ours is in them. Kubernetes itself may look again at an empty one a minute later only. */
export async function emptyByDeletion(namespaces: readonly Kubectl[]): Promise<number> {
  const [first] = namespaces;
  if (first === undefined) return 0;
  const names = new Set(namespaces.map(({ namespace }) => namespace));
  const startedAt = performance.now();
  await first('delete', 'namespace', ...names, '--wait=false');
  for (;;) {
    const left = (await first('get', OURS, '--all-namespaces', '-o', 'jsonpath={range .items[*]}{.metadata.namespace} {.kind}/{.metadata.name}{"\\n"}{end}')).split('\n').filter((line) => names.has(line.split(' ')[0] ?? ''));
    const passed = performance.now() - startedAt;
    if (left.length === 0) return passed / 1000;
    if (passed > PATIENCE_MS) throw new Error(`after ${PATIENCE_MS / 1000} s there is still ${left.join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
