// Names of what the plugin creates. Pure.
import { MAX_NAME_LENGTH } from '@postgres-operator/api';

/** `shop-20260102-030405-1a2b`: of a Database, a moment (milliseconds since the epoch), and four hex digits that keep two of one second apart. A long name is cut. */
export function nameOfRun(database: string, at: number, random: string): string {
  const [day = '', time = ''] = new Date(at).toISOString().replaceAll(/[-:]|\..*/g, '').split('T');
  const end = `-${day}-${time}-${random}`;
  return `${database.slice(0, MAX_NAME_LENGTH - end.length).replace(/-+$/, '')}${end}`;
}
