import { join } from 'node:path';
import { pinnedVersion, toolPath } from '../cluster/tools.ts';
import type { ImageDefinition } from './types.ts';

/** Built beside the product, for tests and the demo: a real S3 server in a pod. `ensureTools` makes the binary. */
export const OBJECT_STORE_IMAGE: ImageDefinition = {
  id: 'object-store',
  name: `docker.io/postgres-operator-e2e/versitygw:${pinnedVersion('versitygw', 'github.com/versity/versitygw')}`,
  dockerfile: join(import.meta.dirname, 'object-store', 'Dockerfile'),
  context: { versitygw: { kind: 'path', path: toolPath('versitygw') } },
  buildArgs: {},
};
