// Every name that users, tests or other tools meet: group, labels, annotations, finalizers, roles. One sentence each.

/** API group of all kinds. */
export const GROUP = 'database.example.com';
/** API version of all kinds. */
export const VERSION = 'v1';
/** apiVersion of all kinds. */
export const API_VERSION = `${GROUP}/${VERSION}`;

/** Keeps a Database until its children are gone in order. */
export const DATABASE_FINALIZER = `${GROUP}/finalizer`;

/** Field manager of every server-side apply. */
export const FIELD_MANAGER = 'postgres-operator';

/** Label on everything the operator creates; the controller watches nothing without it. */
export const LABEL_MANAGED_BY = 'app.kubernetes.io/managed-by';
/** Value of {@link LABEL_MANAGED_BY}. */
export const MANAGED_BY = 'postgres-operator';
/** Label with the name of the Database that a child belongs to or works on. */
export const LABEL_DATABASE = `${GROUP}/database`;
/** Label on the pods of standbys, with value standby: Service <db>-ro selects by it. */
export const LABEL_ROLE = `${GROUP}/role`;
/** Label on the pods of a run with the kind of the object they work for: backup or restore. */
export const LABEL_RUN = `${GROUP}/run`;
/** Label on the Backups and Restores that the operator itself creates, with what for: they need a reachable primary, not a Database that is Ready. */
export const LABEL_PURPOSE = `${GROUP}/purpose`;
/** Value of {@link LABEL_PURPOSE}: the Backup before a Database is taken down. */
export const FINAL_BACKUP = 'final-backup';
/** Value of {@link LABEL_PURPOSE}: the Backup that a Database of another major version is loaded from. */
export const UPGRADE_BACKUP = 'upgrade';
/** Annotation with value true on a deleted Database: it goes without its final Backup. */
export const ANNOTATION_SKIP_FINAL_BACKUP = `${GROUP}/skip-final-backup`;
/** Label on the Jobs of consistency checks, and on their pods. They are no runs: nothing waits for them. */
export const LABEL_CHECK = `${GROUP}/consistency-check`;
/** Annotation of a Database: each new value asks for a consistency check, and status.consistency.request says which one was answered. */
export const ANNOTATION_CHECK = `${GROUP}/check`;
/** How much of its value counts. */
export const MAX_CHECK_REQUEST = 256;
/** Label on the Jobs of a change of the major version, and on their pods, with which change it is. */
export const LABEL_UPGRADE = `${GROUP}/upgrade`;
/** Annotation of a Database: each new value asks for another try of an upgrade that was refused or failed. */
export const ANNOTATION_UPGRADE = `${GROUP}/upgrade`;
/** Annotation of a Database with an image of another major version: it is looked whether its data can go there, and nothing else. */
export const ANNOTATION_CHECK_UPGRADE = `${GROUP}/check-upgrade`;
/** Annotation of a Database whose new servers are broken: it goes back to the data of before although the Backup of this name, which was to hold the new data, cannot be taken. */
export const ANNOTATION_GO_BACK_WITHOUT = `${GROUP}/go-back-without`;
/** In the selector of a Service that is to lead nowhere: no pod has this label. */
export const LABEL_FENCED = `${GROUP}/fenced`;
/** Annotation on the pods of servers with a hash of the parameters that need a restart. */
export const ANNOTATION_RESTART = `${GROUP}/restart`;
/** Annotation with the hash of the manifest that was last applied to a child: when it differs, the child is applied again. */
export const ANNOTATION_APPLIED = `${GROUP}/applied-manifest`;

/** Keeps a Backup whose data goes with it until the data is gone. */
export const BACKUP_FINALIZER = `${GROUP}/backup-data`;
/** Label on a Backup with the name of the schedule, a Backup, that created it. */
export const LABEL_SCHEDULE = `${GROUP}/schedule`;
/** Label on a Backup with the UID of the schedule that created it: one of the same name later is another one. */
export const LABEL_SCHEDULE_UID = `${GROUP}/schedule-uid`;
/** Label on the Jobs that delete the data of a Backup, with its name. */
export const LABEL_BACKUP = `${GROUP}/backup`;
/** Label on the Jobs of drills, and on their pods, with the name of the Backup that they restore. They are no runs: nothing waits for them. */
export const LABEL_DRILL = `${GROUP}/drill`;
/** Annotation on a Completed Backup: each new value asks for a drill, and status.verification.request says which one was answered. */
export const ANNOTATION_DRILL = `${GROUP}/drill`;
/** Annotation on a schedule: each new value asks for one run now. */
export const ANNOTATION_RUN_NOW = `${GROUP}/run-now`;
/** Annotation on a schedule: each new value asks for a scan of where it stores, and status.catalogue.request says which one was taken up. */
export const ANNOTATION_SCAN = `${GROUP}/scan`;
/** How much of its value counts. */
export const MAX_SCAN_REQUEST = 256;
/** What a value begins with that asks for a scan which also removes what killed runs left. */
export const SCAN_REMOVES_ORPHANS = 'remove-orphans';
/** Label on the Jobs of scans, and on their pods, with the name of the schedule that asked. They are no runs: nothing waits for them. */
export const LABEL_SCAN = `${GROUP}/scan`;
/** Label on a Backup that a scan found, with the name of the schedule that asked for it. */
export const LABEL_ADOPTED = `${GROUP}/adopted`;
/** Annotation on a Backup that is Suspicious: any value says that a person has looked, and takes it for good. */
export const ANNOTATION_ACCEPTED = `${GROUP}/accepted`;
/** Annotation on a Backup that retention deletes with its data, whatever its deletionPolicy. */
export const ANNOTATION_PRUNED = `${GROUP}/pruned`;

/** The superuser of the operator's own Jobs. */
export const SUPERUSER = 'postgres';
/** The role that dumps: it reads everything, past row security, and writes nothing. */
export const BACKUP_ROLE = 'database_operator_backup';
/** The role of standbys: it streams and makes base backups, manages their slots, and may look which WAL there is. */
export const REPLICATION_ROLE = 'database_operator_replication';
/** Roles that the operator owns in every server; a Database may not use them as its username. */
export const OPERATOR_ROLES: readonly string[] = [SUPERUSER, BACKUP_ROLE, REPLICATION_ROLE];

/** TCP port of PostgreSQL, in pods and Services. */
export const POSTGRES_PORT = 5432;

/** Names of a Database's children. */
export const childNames = (database: string): Record<'statefulSet' | 'service' | 'readOnlyService' | 'headlessService' | 'config' | 'credentials' | 'internal' | 'backupClaim' | 'disruptionBudget', string> => ({
  statefulSet: database,
  service: database,
  disruptionBudget: database,
  readOnlyService: `${database}-ro`,
  headlessService: `${database}-headless`,
  config: `${database}-config`,
  credentials: `${database}-credentials`,
  internal: `${database}-internal`,
  backupClaim: `${database}-backups`,
});
