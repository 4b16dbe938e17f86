import { randomUUID } from 'node:crypto';
import { ANNOTATION_DRILL, timeOf } from '@postgres-operator/api';
import { RESOURCES } from '@postgres-operator/controller/kube/resources';
import { ask } from '../cluster/ask.ts';
import { findStored } from '../cluster/good-backup.ts';
import type { Command } from '../command.ts';
import { awaitEnd } from '../wait/await-end.ts';
import { timeoutOf, WAIT_OPTIONS } from '../wait/follow.ts';
import { standOfDrill } from '../wait/stand.ts';

/** Has a Backup proven by a drill. */
export const verify: Command = {
  name: 'verify',
  usage: 'BACKUP|SCHEDULE [--wait]',
  summary: 'prove a backup: restore it into a server that is thrown away, and count',
  details: 'Of a schedule its newest good backup is proven. The live database takes no part in it.',
  examples: ['shop-monday --wait', 'nightly --wait --timeout 1h'],
  options: WAIT_OPTIONS,
  operands: { min: 1, max: 1, of: 'backup' },
  async run(context, input) {
    const { kube, namespace, pace, signal } = context;
    timeoutOf(input);
    const { apiVersion, kind, metadata } = await findStored(context, input.operands[0] ?? '');
    const { name } = metadata;
    const request = `${timeOf(pace.now())} ${randomUUID()}`;
    const object = { apiVersion, kind, metadata: { name, namespace, annotations: { [ANNOTATION_DRILL]: request } } };
    return awaitEnd(context, input, {
      object: await ask(context, () => kube.merge(RESOURCES.backups, object, signal)),
      title: `Drill of ${name}`,
      told: `A drill of Backup ${name} is asked for`,
      look: () => kube.get(RESOURCES.backups, { namespace, name }, signal),
      stand: (backup, look) => standOfDrill(backup, request, look),
    });
  },
};
