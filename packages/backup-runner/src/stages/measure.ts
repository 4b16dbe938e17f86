import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';

/** A stage that passes bytes on unchanged, counts and hashes them. */
export interface Digest {
  readonly stream: Transform;
  readonly bytes: () => number;
  /** SHA-256 in hex; valid once the stream has ended. */
  readonly sha256: () => string;
}

/** Counts and hashes the bytes that pass. */
export function digest(): Digest {
  const hash = createHash('sha256');
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  // A hash can be finished once only.
  let finished: string | undefined;
  return { stream, bytes: () => bytes, sha256: () => (finished ??= hash.digest('hex')) };
}
