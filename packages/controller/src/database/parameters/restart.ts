// Which parameters need a restart. All others come into force when the server reads its files again.
import { digestOf } from '../../reconcile/digest.ts';
import type { Parameters } from './file.ts';

/**
 * The parameters of context postmaster in PostgreSQL 14 to 18, as pg_settings of each names them (the story of majors compares); those
 * that a Database may not set are left out. A name that only some majors restart for is restarted for in all.
 */
export const RESTART_PARAMETERS: readonly string[] = [
  ...['autovacuum_freeze_max_age', 'autovacuum_max_workers', 'autovacuum_multixact_freeze_max_age', 'autovacuum_worker_slots', 'bonjour', 'bonjour_name'],
  ...['commit_timestamp_buffers', 'data_sync_retry', 'debug_io_direct', 'dynamic_shared_memory_type', 'huge_page_size', 'huge_pages', 'io_max_combine_limit', 'io_max_concurrency'],
  ...['io_method', 'jit_provider', 'max_active_replication_origins', 'max_connections', 'max_files_per_process', 'max_locks_per_transaction'],
  ...['max_logical_replication_workers', 'max_notify_queue_pages', 'max_pred_locks_per_transaction', 'max_prepared_transactions', 'max_replication_slots'],
  ...['max_wal_senders', 'max_worker_processes', 'min_dynamic_shared_memory', 'multixact_member_buffers', 'multixact_offset_buffers', 'notify_buffers'],
  ...['old_snapshot_threshold', 'reserved_connections', 'serializable_buffers', 'shared_buffers', 'shared_memory_type', 'shared_preload_libraries'],
  ...['subtransaction_buffers', 'superuser_reserved_connections', 'trace_connection_negotiation', 'track_activity_query_size', 'track_commit_timestamp', 'transaction_buffers', 'wal_buffers'],
  ...['wal_decode_buffer_size', 'wal_level', 'wal_log_hints'],
];

/** Of an extension's parameter only the extension knows, so it is restarted for. */
const needsRestart = (name: string): boolean => RESTART_PARAMETERS.includes(name) || name.includes('.');

/** A hash of the parameters that need a restart; undefined when there are none. As an annotation of the pods, it makes a change of them a rolling update. */
export function restartHash(parameters: Parameters = {}): string | undefined {
  const values = Object.entries(parameters).filter(([name]) => needsRestart(name)).sort(([one], [other]) => (one < other ? -1 : 1));
  return values.length === 0 ? undefined : digestOf(JSON.stringify(values));
}
