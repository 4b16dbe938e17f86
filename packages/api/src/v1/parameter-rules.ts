// Which parameters of PostgreSQL a Database may set. The server itself judges the others when they are tried.
import type { SpecRule } from '../rules.ts';

type Parameters = Readonly<Record<string, string>>;

const NAME = '^[a-z_][a-z0-9_]*([.][a-z_][a-z0-9_]*)?$';

/** The longest name; PostgreSQL's own have at most 40 characters. */
const MAX_NAME_LENGTH = 63;

const inCel = (names: readonly string[]): string => `[${names.map((name) => `'${name}'`).join(', ')}]`;

/** None of these names may be set. */
const without = (names: readonly string[], why: string): SpecRule => ({
  at: 'parameters',
  rule: `${inCel(names)}.all(name, !(name in self))`,
  message: `parameters must not set ${names.join(', ')}: ${why}`,
  holds: (self: Parameters) => names.every((name) => !(name in self)),
});

/** A value that the servers depend on. */
const limited = (name: string, pattern: string, why: string): SpecRule => ({
  at: 'parameters',
  rule: `!('${name}' in self) || self['${name}'].matches('${pattern}')`,
  message: `parameters must set ${name} to ${why}`,
  holds: (self: Parameters) => !(name in self) || new RegExp(pattern).test(self[name] ?? ''),
});

export const PARAMETER_RULES: readonly SpecRule[] = [
  {
    at: 'parameters',
    rule: `self.all(name, name.size() <= ${MAX_NAME_LENGTH} && name.matches('${NAME}'))`,
    message: 'parameters must have names as in postgresql.conf, in lower case, such as work_mem or auto_explain.log_min_duration',
    holds: (self: Parameters) => Object.keys(self).every((name) => name.length <= MAX_NAME_LENGTH && new RegExp(NAME).test(name)),
  },
  without(
    ['listen_addresses', 'port', 'unix_socket_directories', 'unix_socket_group', 'unix_socket_permissions', 'data_directory', 'config_file', 'hba_file', 'ident_file', 'external_pid_file', 'include', 'include_dir', 'include_if_exists'],
    'the operator decides where the server listens and where its files are',
  ),
  without(['primary_conninfo', 'primary_slot_name', 'hot_standby', 'promote_trigger_file', 'max_slot_wal_keep_size', 'synchronous_standby_names', 'cluster_name'], 'the operator runs the standbys. Set replicas for how many there are'),
  without(
    ['archive_mode', 'archive_command', 'archive_library', 'archive_cleanup_command', 'restore_command', 'recovery_end_command', 'recovery_target', 'recovery_target_action', 'recovery_target_inclusive', 'recovery_target_lsn', 'recovery_target_name', 'recovery_target_time', 'recovery_target_timeline', 'recovery_target_xid'],
    'the operator decides how a server recovers. For backups create a Backup',
  ),
  without(['ssl', 'ssl_ca_file', 'ssl_cert_file', 'ssl_crl_dir', 'ssl_crl_file', 'ssl_key_file'], 'name a Secret with a certificate in tls.secretName'),
  without(['logging_collector', 'log_destination', 'event_source', 'syslog_facility', 'syslog_ident'], 'the log of a server is that of its pod: kubectl logs'),
  without(['fsync', 'full_page_writes', 'ignore_system_indexes', 'zero_damaged_pages', 'ignore_checksum_failure', 'ignore_invalid_pages'], 'data would not outlive a crash, or damage would pass unseen'),
  limited('wal_level', '^(replica|logical)$', 'replica or logical: with less there are no standbys and no backups of them'),
  limited('max_wal_senders', '^[1-9][0-9]{1,5}$', 'a whole number from 10: standbys and backups need them'),
  limited('max_replication_slots', '^[1-9][0-9]{1,5}$', 'a whole number from 10: each standby needs one'),
];
