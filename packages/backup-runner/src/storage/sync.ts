import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { codeOf } from '../errors.ts';

/** Makes the names in a folder durable. File systems that cannot do it say so, and need no more from us. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EBADF'].includes(codeOf(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}
