// The Job in which PostgreSQL itself judges parameters before a server gets them. It has no data and no Secret. Pure.
import { controllerReference, type Database } from '@postgres-operator/api';
import type { Writable } from '../../kube/client.ts';
import { SERVER_CONTAINER } from '../children/desired-stateful-set.ts';
import { childLabels } from '../children/metadata.ts';
import { POSTGRES_UID } from '../server/image.ts';
import { parametersText } from './file.ts';

/** Reading a configuration takes well under a second; pulling an image may take minutes. */
const DEADLINE_SECONDS = 600;

/** Label on the Jobs that try parameters. */
export const LABEL_TRIAL = 'database.example.com/trial';

/** `postgres -C` reads all of the configuration, says what is wrong with it, and starts nothing. The text comes by a variable, so that no shell reads it. */
const SCRIPT = 'printf %s "$PARAMETERS" > /tmp/postgresql.conf && exec postgres -D /tmp -c config_file=/tmp/postgresql.conf -C port';

/** The Job that tries a Database's parameters with its image, under a name that stands for both. */
export const desiredTrial = (database: Database, name: string): Writable => plainServerJob(database, { name, image: database.spec.image, script: SCRIPT, labels: { [LABEL_TRIAL]: 'parameters' } });

/** What is done in an image of PostgreSQL without data. */
export interface PlainServerInput {
  readonly name: string;
  readonly image: string;
  /** For bash; the parameters of the Database are in $PARAMETERS. */
  readonly script: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A Job with an image of PostgreSQL, the parameters of a Database, and nothing else. */
export function plainServerJob(database: Database, { name, image, script, labels: more }: PlainServerInput): Writable {
  const { metadata, spec } = database;
  const labels = { ...childLabels(metadata.name), ...more };
  const container = {
    name: SERVER_CONTAINER,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['bash', '-c', script],
    env: [{ name: 'PARAMETERS', value: parametersText(spec.parameters ?? {}) }],
    terminationMessagePolicy: 'FallbackToLogsOnError',
    resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { cpu: '1', memory: '128Mi' } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  };
  const podSpec = {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { runAsNonRoot: true, runAsUser: POSTGRES_UID, runAsGroup: POSTGRES_UID, fsGroup: POSTGRES_UID, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [container],
    volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '16Mi' } }],
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: metadata.namespace, labels, ownerReferences: [controllerReference(database)] },
    spec: { backoffLimit: 0, activeDeadlineSeconds: DEADLINE_SECONDS, template: { metadata: { labels }, spec: podSpec } },
  } as Writable;
}
