// SVG as text. Pure.

type Attributes = Readonly<Record<string, string | number>>;

const escaped = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
/** Tenths of a pixel are enough. */
const written = (value: string | number): string => escaped(typeof value === 'number' ? String(Math.round(value * 10) / 10) : value);

/** An element with what is in it, which is SVG already. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const start = `<${name}${Object.entries(attributes).map(([key, value]) => ` ${key}="${written(value)}"`).join('')}`;
  return children.length === 0 ? `${start}/>` : `${start}>${children.join('')}</${name}>`;
}

/** Words at a place. */
export const words = (x: number, y: number, text: string, attributes: Attributes = {}): string => element('text', { x, y, ...attributes }, escaped(text));

/** Words that are cut where they would be wider than so many pixels, at a size of the letters. */
export function cut(text: string, width: number, size = 11): string {
  const most = Math.max(1, Math.floor(width / (size * 0.56)));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
