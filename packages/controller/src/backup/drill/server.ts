// The container in which a drill's server runs, beside the runner, for as long as that works. Nothing of the live database is in it. Pure.
import { DRILL_FOLDER, type Backup, type Database } from '@postgres-operator/api';
import { POSTGRES_UID, versionOfData } from '../../database/server/image.ts';
import type { Sidecar } from '../../run/desired-job.ts';

/** Its data, which goes with the pod. Only this container sees it. */
const VOLUME = '/drill';

// One that is started again begins anew: what a crash left is not what was restored. Nothing here outlives the pod, so nothing is written
// for a crash. The runner reaches it by the socket, and nobody else does; who ends it does not wait for it.
export const DRILL_SETTINGS: readonly string[] = [
  'fsync=off',
  'full_page_writes=off',
  'synchronous_commit=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  'max_wal_size=256MB',
  'autovacuum=off',
  // The container's own /dev/shm has 64 MB, too little to build an index in parallel.
  'dynamic_shared_memory_type=mmap',
];
const SCRIPT = `
trap 'kill -QUIT $server' TERM INT
rm -rf ${VOLUME}/data
initdb --pgdata=${VOLUME}/data --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync || exit
postgres -D ${VOLUME}/data "$@" &
server=$!
wait $server
`;

// Settings are arguments: the shell reads nothing of what a spec says. The kubelet would expand $(NAME) in one, and takes $$ for $.
const settingsWith = (libraries: string | undefined): string[] => ['listen_addresses=', `unix_socket_directories=${DRILL_FOLDER}`, ...DRILL_SETTINGS, ...(libraries === undefined ? [] : [`shared_preload_libraries=${libraries.replaceAll('$', '$$$$')}`])];

/** The name of the container. */
export const DRILL_SERVER = 'server';

/** What a Backup's server was. */
export interface BackedUpServer {
  readonly image: string;
  /** Its shared_preload_libraries: without them some extensions cannot be created, or do not work. */
  readonly libraries?: string;
}

/** What a server was when it was backed up is in the status; of older Backups the Database may say, or the major version alone. */
export function serverOfBackup({ status }: Backup, database: Database | undefined): BackedUpServer {
  const { serverImage, serverLibraries: libraries, databaseUID, serverVersion = '' } = status ?? {};
  if (serverImage !== undefined) return { image: serverImage, ...(libraries !== undefined && { libraries }) };
  return database?.metadata.uid === databaseUID && database !== undefined ? serverOfData(database) : { image: `postgres:${Number.parseInt(serverVersion, 10)}` };
}

/** The server of a Database that has its data now. */
export function serverOfData(database: Database): BackedUpServer {
  const libraries = database.spec.parameters?.['shared_preload_libraries'];
  return { image: versionOfData(database).image, ...(libraries !== undefined && { libraries }) };
}

/** The container, and the volumes that it and the runner have. */
export const drillServer = ({ image, libraries }: BackedUpServer, volumeSize: string): Sidecar => ({
  container: {
    name: DRILL_SERVER,
    image,
    imagePullPolicy: 'IfNotPresent',
    // Started before the runner, and ended after it.
    restartPolicy: 'Always',
    command: ['bash', '-c', SCRIPT, DRILL_SERVER],
    args: settingsWith(libraries).flatMap((setting) => ['-c', setting]),
    terminationMessagePolicy: 'FallbackToLogsOnError',
    resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } },
    securityContext: { runAsUser: POSTGRES_UID, runAsGroup: POSTGRES_UID, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    volumeMounts: [
      { name: 'drill-data', mountPath: VOLUME },
      { name: 'drill-socket', mountPath: DRILL_FOLDER },
      { name: 'drill-tmp', mountPath: '/tmp' },
    ],
  },
  volumes: [
    { name: 'drill-data', emptyDir: { sizeLimit: volumeSize } },
    { name: 'drill-socket', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
    { name: 'drill-tmp', emptyDir: { sizeLimit: '64Mi' } },
  ],
  mounts: [{ name: 'drill-socket', mountPath: DRILL_FOLDER }],
});
