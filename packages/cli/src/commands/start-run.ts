// What `backup` and `restore` have in common: they create a run, and may wait for its end.
import { randomBytes } from 'node:crypto';
import { API_VERSION } from '@postgres-operator/api';
import type { ResourceType } from '@postgres-operator/controller/kube/resources';
import type { Writable } from '@postgres-operator/controller/kube/client';
import { create } from '../cluster/ask.ts';
import { nameOfRun } from '../cluster/names.ts';
import type { Context, Input, Run } from '../command.ts';
import type { Exit } from '../exit.ts';
import { awaitEnd } from '../wait/await-end.ts';
import { timeoutOf } from '../wait/follow.ts';
import { standOfRun, titleOf } from '../wait/stand.ts';

/** The option that names what is created. */
export const NAME_OPTION = { name: { type: 'string', value: 'NAME', description: 'name of the object that is created; default: that of the database, with the time' } } as const;

/** Creates a run on a Database with this spec beside databaseRef. */
export async function startRun<T extends Run>(context: Context, input: Input, resource: ResourceType<T>, spec: object): Promise<Exit> {
  const { kube, namespace, pace, signal } = context;
  const [database = ''] = input.operands;
  // Nothing is started by a command line that is wrong.
  timeoutOf(input);
  const given = input.text('name');
  const name = given ?? nameOfRun(database, pace.now(), randomBytes(2).toString('hex'));
  const object = { apiVersion: API_VERSION, kind: resource.kind, metadata: { name, namespace }, spec: { databaseRef: { name: database }, ...spec } } as Writable;
  const run = await create(context, resource, object, { unique: given === undefined });
  return awaitEnd(context, input, {
    object: run,
    title: titleOf(run),
    told: `${titleOf(run)} is created. It runs in the cluster, whatever becomes of this terminal`,
    look: () => kube.get(resource, { namespace, name }, signal),
    stand: standOfRun,
  });
}
