// When each alert fires, and when it does not: what is measured, minute by minute, and who is to be woken. Times are seconds since 1970,
// which is when each story begins.

export interface AlertStory {
  readonly alert: string;
  /** Completes "it fires …" or "it does not fire …". */
  readonly when: string;
  /** Series in Prometheus' notation for tests: `0x60` is the same for an hour, `0+1x60` grows by one a minute. */
  readonly series: Readonly<Record<string, string>>;
  /** The moment that is looked at. */
  readonly at: string;
  /** Labels of the alerts that fire then, beside its name and severity. */
  readonly fires: readonly Readonly<Record<string, string>>[];
}

const ORDERS = 'namespace="shop",database="orders"';
const ofOrders = { namespace: 'shop', database: 'orders' };
const NIGHTLY = 'namespace="shop",schedule="nightly",database="orders"';
const ofNightly = { namespace: 'shop', schedule: 'nightly', database: 'orders' };

export const ALERT_STORIES: readonly AlertStory[] = [
  { alert: 'PostgresOperatorAbsent', when: 'where nothing is scraped', series: {}, at: '6m', fires: [{}] },
  { alert: 'PostgresOperatorAbsent', when: 'where nobody leads', series: { 'database_operator_leader{instance="a"}': '0x10', 'database_operator_leader{instance="b"}': '0x10' }, at: '6m', fires: [{}] },
  { alert: 'PostgresOperatorAbsent', when: 'where one of two leads', series: { 'database_operator_leader{instance="a"}': '0x10', 'database_operator_leader{instance="b"}': '1x10' }, at: '6m', fires: [] },
  { alert: 'PostgresOperatorAbsent', when: 'while the lead is handed over', series: { 'database_operator_leader{instance="a"}': '1x5 0x15', 'database_operator_leader{instance="b"}': '0x7 1x13' }, at: '10m', fires: [] },

  { alert: 'PostgresOperatorReconcileErrors', when: 'where each fifth pass fails', series: { 'database_reconcile_total{controller="backups",result="error"}': '0+1x60', 'database_reconcile_total{controller="backups",result="success"}': '0+4x60' }, at: '30m', fires: [{ controller: 'backups' }] },
  { alert: 'PostgresOperatorReconcileErrors', when: 'for a few conflicts', series: { 'database_reconcile_total{controller="backups",result="error"}': '0+1x60', 'database_reconcile_total{controller="backups",result="success"}': '0+40x60' }, at: '30m', fires: [] },

  { alert: 'PostgresOperatorQueueStuck', when: 'where keys wait for the one at work', series: { 'database_operator_queue_age_seconds{instance="a",controller="backups"}': '0+60x20', 'database_operator_leader{instance="a"}': '1x20' }, at: '15m', fires: [{ controller: 'backups', instance: 'a' }] },
  { alert: 'PostgresOperatorQueueStuck', when: 'where one stands by', series: { 'database_operator_queue_age_seconds{instance="a",controller="backups"}': '0+60x20', 'database_operator_leader{instance="a"}': '0x20' }, at: '15m', fires: [] },

  { alert: 'PostgresOperatorWatchSilent', when: 'where a watch is dead', series: { 'database_operator_watch_silence_seconds{resource="pods"}': '0+60x20' }, at: '15m', fires: [{ resource: 'pods' }] },
  { alert: 'PostgresOperatorWatchSilent', when: 'in a quiet cluster', series: { 'database_operator_watch_silence_seconds{resource="pods"}': '27x20' }, at: '15m', fires: [] },

  { alert: 'PostgresOperatorForbidden', when: 'where a right is missing', series: { 'database_operator_api_calls_total{method="PATCH",code="403"}': '0+2x20' }, at: '15m', fires: [{}] },
  { alert: 'PostgresOperatorForbidden', when: 'for what was refused before', series: { 'database_operator_api_calls_total{method="PATCH",code="403"}': '7x20', 'database_operator_api_calls_total{method="GET",code="200"}': '0+9x20' }, at: '15m', fires: [] },

  { alert: 'DatabaseNotReady', when: 'after ten minutes in another phase', series: { 'database_info{namespace="shop",name="orders",phase="Deploying"}': '1x20' }, at: '11m', fires: [{ namespace: 'shop', name: 'orders', phase: 'Deploying' }] },
  { alert: 'DatabaseNotReady', when: 'for a restart', series: { 'database_info{namespace="shop",name="orders",phase="Deploying"}': '1x3 _x17', 'database_info{namespace="shop",name="orders",phase="Ready"}': '_x4 1x16' }, at: '11m', fires: [] },

  { alert: 'DatabaseDegraded', when: 'with its reason', series: { [`database_trouble{${ORDERS},condition="Degraded",reason="StandbyLags"}`]: '1x20' }, at: '16m', fires: [{ ...ofOrders, reason: 'StandbyLags' }] },
  { alert: 'DatabaseDegraded', when: 'for a stale backup, which has an alert of its own', series: { [`database_trouble{${ORDERS},condition="BackupStale",reason="ObjectiveMissed"}`]: '1x20' }, at: '16m', fires: [] },

  { alert: 'DatabaseNotBackedUp', when: 'a day after a Database was created without one', series: { [`database_created_timestamp_seconds{${ORDERS}}`]: '0x1500' }, at: '25h', fires: [ofOrders] },
  { alert: 'DatabaseNotBackedUp', when: 'before that', series: { [`database_created_timestamp_seconds{${ORDERS}}`]: '0x1500' }, at: '24h', fires: [] },
  { alert: 'DatabaseNotBackedUp', when: 'where there is a good one', series: { [`database_created_timestamp_seconds{${ORDERS}}`]: '0x1500', [`database_backup_last_good_timestamp_seconds{${ORDERS}}`]: '60x1500' }, at: '25h', fires: [] },

  { alert: 'DatabaseBackupStale', when: 'where the objective is missed', series: { [`database_backup_stale{${ORDERS}}`]: '1x10' }, at: '6m', fires: [ofOrders] },
  { alert: 'DatabaseBackupStale', when: 'where it is met', series: { [`database_backup_stale{${ORDERS}}`]: '0x10' }, at: '6m', fires: [] },

  { alert: 'DatabaseProofStale', when: 'where the objective is missed', series: { [`database_backup_proof_stale{${ORDERS}}`]: '1x10' }, at: '6m', fires: [ofOrders] },
  { alert: 'DatabaseProofStale', when: 'where it is met', series: { [`database_backup_proof_stale{${ORDERS}}`]: '0x10' }, at: '6m', fires: [] },

  { alert: 'DatabaseBackupFailing', when: 'where the last one failed', series: { [`database_backup_last_failure_timestamp_seconds{${ORDERS}}`]: '60x10', [`database_backup_last_success_timestamp_seconds{${ORDERS}}`]: '30x10' }, at: '5m', fires: [ofOrders] },
  { alert: 'DatabaseBackupFailing', when: 'where none ever succeeded, seen by two processes', series: { [`database_backup_last_failure_timestamp_seconds{instance="a",${ORDERS}}`]: '60x10', [`database_backup_last_failure_timestamp_seconds{instance="b",${ORDERS}}`]: '60x10' }, at: '5m', fires: [ofOrders] },
  { alert: 'DatabaseBackupFailing', when: 'where one succeeded since', series: { [`database_backup_last_failure_timestamp_seconds{${ORDERS}}`]: '30x10', [`database_backup_last_success_timestamp_seconds{${ORDERS}}`]: '60x10' }, at: '5m', fires: [] },

  { alert: 'DatabaseBackupSuspicious', when: 'where nobody has accepted it', series: { [`database_backup_schedule_suspicious_backups{${NIGHTLY}}`]: '2x10' }, at: '6m', fires: [ofNightly] },
  { alert: 'DatabaseBackupSuspicious', when: 'where there is none', series: { [`database_backup_schedule_suspicious_backups{${NIGHTLY}}`]: '0x10' }, at: '6m', fires: [] },

  { alert: 'DatabaseScheduleMissed', when: 'within an hour', series: { [`database_backup_schedule_missed_runs{${NIGHTLY}}`]: '3x30 4x90' }, at: '40m', fires: [ofNightly] },
  { alert: 'DatabaseScheduleMissed', when: 'where the operator was away and another pod tells of it', series: { [`database_backup_schedule_missed_runs{pod="a",${NIGHTLY}}`]: '3x10 _x140', [`database_backup_schedule_missed_runs{pod="b",${NIGHTLY}}`]: '_x90 4x60' }, at: '1h40m', fires: [ofNightly] },
  { alert: 'DatabaseScheduleMissed', when: 'for what was missed before another pod took over', series: { [`database_backup_schedule_missed_runs{pod="a",${NIGHTLY}}`]: '3x10 _x140', [`database_backup_schedule_missed_runs{pod="b",${NIGHTLY}}`]: '_x90 3x60' }, at: '1h40m', fires: [] },
  { alert: 'DatabaseScheduleMissed', when: 'for ever', series: { [`database_backup_schedule_missed_runs{${NIGHTLY}}`]: '3x30 4x90' }, at: '1h40m', fires: [] },

  { alert: 'DatabaseScheduleInactive', when: 'after an hour', series: { [`database_backup_schedule_active{${NIGHTLY}}`]: '0x70' }, at: '61m', fires: [ofNightly] },
  { alert: 'DatabaseScheduleInactive', when: 'where it will run', series: { [`database_backup_schedule_active{${NIGHTLY}}`]: '1x70' }, at: '61m', fires: [] },

  { alert: 'DatabaseRetentionFrozen', when: 'after a day', series: { [`database_backup_schedule_retention_frozen{${NIGHTLY}}`]: '1x1500' }, at: '24h1m', fires: [ofNightly] },
  { alert: 'DatabaseRetentionFrozen', when: 'for one bad night', series: { [`database_backup_schedule_retention_frozen{${NIGHTLY}}`]: '1x600 0x900' }, at: '24h1m', fires: [] },

  { alert: 'DatabaseRunWaiting', when: 'after an hour, with what it waits for', series: { [`database_run_waiting_since_timestamp_seconds{kind="Backup",name="a",${ORDERS},reason="CredentialsNotFound"}`]: '0x80' }, at: '66m', fires: [{ kind: 'Backup', name: 'a', ...ofOrders, reason: 'CredentialsNotFound' }] },
  { alert: 'DatabaseRunWaiting', when: 'while others have their turn', series: { [`database_run_waiting_since_timestamp_seconds{kind="Backup",name="a",${ORDERS},reason="WaitingForTurn"}`]: '0x30 _x50' }, at: '66m', fires: [] },

  { alert: 'DatabaseRestoreFailed', when: 'for a day', series: { [`database_restore_last_failure_timestamp_seconds{${ORDERS}}`]: '60x1500' }, at: '23h', fires: [ofOrders] },
  { alert: 'DatabaseRestoreFailed', when: 'longer than that', series: { [`database_restore_last_failure_timestamp_seconds{${ORDERS}}`]: '60x1500' }, at: '25h', fires: [] },
  { alert: 'DatabaseRestoreFailed', when: 'where another one succeeded since', series: { [`database_restore_last_failure_timestamp_seconds{${ORDERS}}`]: '60x1500', [`database_restore_last_success_timestamp_seconds{${ORDERS}}`]: '90x1500' }, at: '10m', fires: [] },
];
