// A line of a runner's log, for people. Pure.
import { parseProgressLine } from '@postgres-operator/api';
import { bar } from './bar.ts';

/** `03:04:05 dumping serverVersion=14.2`; a line that is no runner's is left as it is. */
export function logLine(line: string): string {
  const fields = fieldsOf(line);
  if (fields === undefined) return line;
  const { time, msg, ...rest } = fields;
  const progress = parseProgressLine(line);
  const told = progress === undefined ? Object.entries(rest).map(([name, value]) => `${name}=${typeof value === 'string' && !/[\s="]/.test(value) ? value : JSON.stringify(value)}`) : [bar(progress.percent), ...(progress.table === undefined ? [] : [progress.table])];
  return [time.slice(11, 19), msg, ...told].join(' ');
}

function fieldsOf(line: string): ({ readonly time: string; readonly msg: string } & Record<string, unknown>) | undefined {
  try {
    const value = JSON.parse(line) as Record<string, unknown> | null;
    return typeof value?.['time'] === 'string' && typeof value['msg'] === 'string' ? { ...value, time: value['time'], msg: value['msg'] } : undefined;
  } catch {
    return undefined;
  }
}
