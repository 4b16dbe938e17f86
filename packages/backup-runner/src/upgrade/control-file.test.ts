import { expect, test } from 'vitest';
import { parseControlFile } from './control-file.ts';

/** The beginning of a control file, of a server that is in a state. */
function controlFile(state: number): Buffer {
  const content = Buffer.alloc(72);
  content.writeBigUInt64LE(7_445_298_563_121_893_412n, 0);
  content.writeUInt32LE(state, 16);
  // An id after two wraparounds: the epoch is in its upper half.
  content.writeBigUInt64LE((2n << 32n) + 741n, 64);
  return content;
}

test.each([
  { what: 'shut down', state: 1, isShutDown: true },
  { what: 'a standby that was shut down', state: 2, isShutDown: false },
  { what: 'shutting down', state: 3, isShutDown: false },
  { what: 'in production, or crashed', state: 6, isShutDown: false },
])('the control file of a server that is $what', ({ state, isShutDown }) => {
  expect(parseControlFile(controlFile(state))).toEqual({ systemIdentifier: '7445298563121893412', isShutDown, nextXid: '8589935333' });
});

test('what is too short is none', () => {
  expect(parseControlFile(controlFile(1).subarray(0, 71))).toBeUndefined();
});
