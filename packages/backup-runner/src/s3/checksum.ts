// CRC-32 as object stores write it: four bytes, the highest first, in base 64. It guards the way to the store; what a backup
// must be is said by the SHA-256 in its manifest.
import { crc32 } from 'node:zlib';

/** The checksum of some bytes. */
export function base64Crc32(bytes: Buffer): string {
  const word = Buffer.alloc(4);
  word.writeUInt32BE(crc32(bytes));
  return word.toString('base64');
}

/** The checksum of an object made of parts: that of the parts' checksums, and how many they are. */
export function compositeCrc32(parts: readonly string[]): string {
  return `${base64Crc32(Buffer.concat(parts.map((part) => Buffer.from(part, 'base64'))))}-${parts.length}`;
}
