import type { Readable } from 'node:stream';

/** Keeps the last bytes of a stream, however much it writes, but for the lines that `take` takes. Returns a function that gives them as text. */
export function tail(stream: Readable, maxBytes: number, take?: (line: string) => boolean): () => string {
  let kept = Buffer.alloc(0);
  let begun = '';
  const keep = (bytes: Buffer): void => {
    kept = Buffer.concat([kept, bytes]).subarray(-maxBytes);
  };
  stream.on('data', (chunk: Buffer) => {
    if (take === undefined) return keep(chunk);
    // Byte for byte: a character may lie across two chunks.
    const lines = (begun + chunk.toString('latin1')).split('\n');
    // A line that never ends is none.
    begun = (lines.pop() ?? '').slice(-maxBytes);
    for (const line of lines) if (!take(Buffer.from(line, 'latin1').toString())) keep(Buffer.from(`${line}\n`, 'latin1'));
  });
  return () => Buffer.concat([kept, Buffer.from(begun, 'latin1')]).subarray(-maxBytes).toString('utf8');
}
