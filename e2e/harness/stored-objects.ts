// A look behind an object store, at the files it keeps: what is really there, whatever its answers say.
import type { Kubectl } from './kubectl.ts';

/** What a store holds, by bucket and key. */
export interface StoredObjects {
  /** Keys of a bucket, sorted. */
  keys(bucket: string): Promise<string[]>;
  read(bucket: string, key: string): Promise<Buffer>;
  /** Keys of uploads that were begun and neither completed nor given up; one may be there several times. */
  openUploads(bucket: string): Promise<string[]>;
  /** Puts other bytes in the place of an object's; it is to be small, a few kilobytes. */
  overwrite(bucket: string, key: string, content: string): Promise<void>;
  /** Changes one bit of an object, in the middle unless told where. */
  flipBit(bucket: string, key: string, offset?: number): Promise<void>;
  /** Puts a small file there that has lain there for so many days. */
  leave(bucket: string, key: string, days: number): Promise<void>;
  remove(bucket: string, key: string): Promise<void>;
  /** Every file of the store that holds a text, the attributes of objects among them. */
  filesWith(text: string): Promise<string[]>;
}

// The store's own folder for what is not an object yet.
const LIST = `cd "objects/$1" && find . -path ./.sgwtmp -prune -o -type f -printf '%P\\n'`;
const LIST_UPLOADS = `
shopt -s nullglob
cd "objects/$1"
for upload in .sgwtmp/multipart/*/*/; do
  cat "/data/attributes/$1/$(dirname "$upload")/meta/objname"
  echo
done`;
const FLIP = `
cd "objects/$1"
offset=\${3:-$(($(stat -c %s "$2") / 2))}
byte=$(od -An -tu1 -j "$offset" -N 1 "$2")
printf "$(printf '\\\\x%02x' $((byte ^ 1)))" | dd of="$2" bs=1 seek="$offset" conv=notrunc status=none`;

/** Looks through a pod of the store in which the current folder is its data. */
export function lookInto(kubectl: Kubectl, pod: string): StoredObjects {
  const shell = (script: string, ...args: string[]): Promise<string> => kubectl('exec', pod, '--', 'bash', '-euc', script, 'bash', ...args);
  const lines = async (...args: [string, ...string[]]): Promise<string[]> => (await shell(...args)).split('\n').filter((line) => line !== '').sort();
  return {
    keys: (bucket) => lines(LIST, bucket),
    openUploads: (bucket) => lines(LIST_UPLOADS, bucket),
    read: async (bucket, key) => Buffer.from(await shell('base64 -w0 "objects/$1/$2"', bucket, key), 'base64'),
    overwrite: async (bucket, key, content) => void (await shell('printf %s "$3" > "objects/$1/$2"', bucket, key, content)),
    flipBit: async (bucket, key, offset) => void (await shell(FLIP, bucket, key, ...(offset === undefined ? [] : [String(offset)]))),
    leave: async (bucket, key, days) => void (await shell('cd "objects/$1" && mkdir -p "$(dirname "$2")" && echo left > "$2" && touch -d "$3 days ago" "$2"', bucket, key, String(days))),
    remove: async (bucket, key) => void (await shell('rm "objects/$1/$2"', bucket, key)),
    filesWith: (text) => lines('grep -rlF -- "$1" . || [ $? = 1 ]', text),
  };
}
