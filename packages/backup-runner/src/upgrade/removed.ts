// What PostgreSQL has removed: from its release notes, sections "Migration to Version".

interface Removal {
  /** The first major without it. */
  readonly since: number;
  readonly names: readonly string[];
}

const SETTINGS: readonly Removal[] = [
  { since: 15, names: ['stats_temp_directory'] },
  { since: 16, names: ['promote_trigger_file', 'vacuum_defer_cleanup_age'] },
  { since: 17, names: ['db_user_namespace', 'old_snapshot_threshold', 'trace_recovery_messages'] },
];

/** Columns that views of users may read, as relation.column. */
const COLUMNS: readonly Removal[] = [
  {
    since: 17,
    names: [
      ...['checkpoints_timed', 'checkpoints_req', 'checkpoint_write_time', 'checkpoint_sync_time', 'buffers_checkpoint', 'buffers_backend', 'buffers_backend_fsync'].map((name) => `pg_stat_bgwriter.${name}`),
      ...['max_dead_tuples', 'num_dead_tuples'].map((name) => `pg_stat_progress_vacuum.${name}`),
      ...['blk_read_time', 'blk_write_time'].map((name) => `pg_stat_statements.${name}`),
    ],
  },
  { since: 18, names: [...['wal_write', 'wal_sync', 'wal_write_time', 'wal_sync_time'].map((name) => `pg_stat_wal.${name}`), 'pg_stat_io.op_bytes'] },
];

const FUNCTIONS: readonly Removal[] = [{ since: 15, names: ['pg_start_backup', 'pg_stop_backup', 'pg_is_in_backup', 'pg_backup_start_time'] }];

/** Two majors, the older first. */
export interface Majors {
  readonly from: number;
  readonly to: number;
}

const between = (removals: readonly Removal[], { from, to }: Majors): string[] => removals.filter(({ since }) => since > from && since <= to).flatMap(({ names }) => names);

/** What is gone on the way. */
export const removedSettings = (majors: Majors): string[] => between(SETTINGS, majors);
export const removedColumns = (majors: Majors): string[] => between(COLUMNS, majors);
export const removedFunctions = (majors: Majors): string[] => between(FUNCTIONS, majors);
