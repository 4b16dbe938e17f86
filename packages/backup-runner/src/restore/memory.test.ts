import { expect, it } from 'vitest';
import { maintenanceKilobytes, type ServerMemory } from './memory.ts';

const MIB = 1024 ** 2;
const memory = (changes: Partial<ServerMemory>): ServerMemory => ({ limit: undefined, available: 16384 * MIB, own: 64 * MIB, ...changes });

it.each<[string, Partial<ServerMemory>, number, number | undefined]>([
  ['a container of 256 MiB gives no more than it does by itself', { limit: 256 * MIB }, 1, undefined],
  ['a container of 2 GiB gives a sixteenth', { limit: 2048 * MIB }, 1, 128],
  ['two connections get as much, each', { limit: 2048 * MIB }, 2, 128],
  ['eight share what two would get', { limit: 16384 * MIB }, 8, 256],
  ['a machine with little left counts more than a large limit', { limit: 16384 * MIB, available: 2048 * MIB }, 1, 128],
  ['without a limit what the machine has left counts', {}, 1, 1024],
  ['never more than 1 GiB', { available: 1024 * 1024 * MIB }, 1, 1024],
  ['a server that gives more by itself is left alone', { own: 2048 * MIB }, 1, undefined],
  ['a server that says nothing is left alone', { available: undefined }, 1, undefined],
])('%s', (_what, changes, connections, megabytes) => {
  expect(maintenanceKilobytes(memory(changes), connections)).toBe(megabytes === undefined ? undefined : megabytes * 1024);
});
