import { expect, test } from 'vitest';
import { removedColumns, removedFunctions, removedSettings } from './removed.ts';

test.each([
  { from: 14, to: 15, settings: ['stats_temp_directory'], functions: 4, columns: 0 },
  { from: 15, to: 16, settings: ['promote_trigger_file', 'vacuum_defer_cleanup_age'], functions: 0, columns: 0 },
  { from: 16, to: 17, settings: ['db_user_namespace', 'old_snapshot_threshold', 'trace_recovery_messages'], functions: 0, columns: 11 },
  { from: 17, to: 18, settings: [], functions: 0, columns: 5 },
])('from $from to $to', ({ from, to, settings, functions, columns }) => {
  expect(removedSettings({ from, to })).toEqual(settings);
  expect(removedFunctions({ from, to })).toHaveLength(functions);
  expect(removedColumns({ from, to })).toHaveLength(columns);
});

test('a longer way loses all that its steps lose', () => {
  expect(removedSettings({ from: 14, to: 18 })).toHaveLength(6);
});
