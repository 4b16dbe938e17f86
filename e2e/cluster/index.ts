export type { Cluster } from './cluster.ts';
export { destroyCluster, ensureCluster } from './lifecycle.ts';
export { loadAny, loadArchive, loadImage, tagImage, type LoadResult } from './load.ts';
export { ensureTools, type ToolName } from './tools.ts';
export { startControlPlane, type ControlPlane, type ControlPlaneOptions } from './control-plane.ts';
