import type { Readable } from 'node:stream';

/** Keeps the last bytes of a stream, however much it writes. Returns a function that gives them as text. */
export function tail(stream: Readable, maxBytes: number): () => string {
  let kept = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-maxBytes);
  });
  return () => kept.toString('utf8');
}
