/** At most `limit` bytes of JSON, and so characters, cut at a whole character: a result has to stay small whatever names hold. */
export function shorten(text: string, limit: number): string {
  if (sizeOf(text) <= limit) return text;
  const end = '…';
  let size = sizeOf(end);
  let kept = '';
  for (const character of text) {
    size += sizeOf(character);
    if (size > limit) break;
    kept += character;
  }
  return kept + end;
}

/** Bytes inside a JSON string. */
const sizeOf = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;
