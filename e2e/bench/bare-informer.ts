// The reference for memory: a bare process that keeps all Backups in client-node's own informer, and does nothing else.
import { CustomObjectsApi, KubeConfig, makeInformer, type KubernetesListObject, type KubernetesObject } from '@kubernetes/client-node';

const config = new KubeConfig();
config.loadFromDefault();
const api = config.makeApiClient(CustomObjectsApi);
const path = '/apis/database.example.com/v1/backups';
const list = (): Promise<KubernetesListObject<KubernetesObject>> =>
  api.listClusterCustomObject({ group: 'database.example.com', version: 'v1', plural: 'backups' }) as Promise<KubernetesListObject<KubernetesObject>>;
const informer = makeInformer(config, path, list);
informer.on('error', () => undefined);
await informer.start();
console.log(`synced ${informer.list().length}`);
