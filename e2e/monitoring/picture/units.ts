// Values as Grafana writes them, by the names of its units. Pure.

const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const COUNTS = ['', ' K', ' Mil', ' Bil'];

/** A number with as many places as tell something. */
const plain = (value: number): string => String(Number(value.toPrecision(value >= 100 ? 4 : 3)));

function scaled(value: number, base: number, names: readonly string[]): { readonly value: number; readonly name: string } {
  const power = Math.min(names.length - 1, Math.max(0, Math.floor(Math.log(Math.max(Math.abs(value), 1)) / Math.log(base) + 1e-9)));
  return { value: value / base ** power, name: names[power] ?? '' };
}

function seconds(value: number): string {
  if (value < 1) return `${plain(value * 1000)} ms`;
  if (value < 60) return `${plain(value)} s`;
  return value < 3600 ? `${plain(value / 60)} min` : `${plain(value / 3600)} h`;
}

/** What values of that size are counted in: minutes, MiB. */
export function grainOf(value: number, unit: string): number {
  if (unit === 'bytes') return 1024 ** Math.min(SIZES.length - 1, Math.floor(Math.log(Math.max(value, 1)) / Math.log(1024)));
  if (unit === 's') return value >= 7200 ? 3600 : value >= 120 ? 60 : 1;
  return 1;
}

/** A value with its unit. */
export function withUnit(value: number, unit: string): string {
  if (unit === 's') return value === 0 ? '0 s' : seconds(value);
  if (unit === 'dateTimeAsIso') return new Date(value).toISOString().slice(0, 19).replace('T', ' ');
  if (unit === 'ops') return `${plain(value)} ops/s`;
  const { value: shown, name } = unit === 'bytes' ? scaled(value, 1024, SIZES) : scaled(value, 1000, COUNTS);
  return `${plain(shown)}${unit === 'bytes' ? ' ' : ''}${name}`;
}
