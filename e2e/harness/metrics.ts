// What Prometheus would scrape from the controllers.
import type { Cluster } from '../cluster/index.ts';
import type { Target } from '../monitoring/prometheus.ts';
import type { Kubectl } from './kubectl.ts';
import { leaderOf } from './leader.ts';
import { CONTROLLER_DEPLOYMENT, OPERATOR_NAMESPACE } from './operator.ts';

/** Where the page of one of them is, below the API server: of whichever the Service leads to. */
export const SERVICE_PATH = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/services/${CONTROLLER_DEPLOYMENT}-metrics:8080/proxy/metrics`;

const pathOf = (pod: string): string => `/api/v1/namespaces/${OPERATOR_NAMESPACE}/pods/${pod}:8080/proxy/metrics`;

/** The page of the one that works as it is: those that stand by see the same objects, a moment later. */
export const scrape = async (kubectl: Kubectl): Promise<string> => kubectl('get', '--raw', pathOf(await leaderOf(kubectl)));

/** The pods of the controllers that there are, as the Prometheus operator finds them for a ServiceMonitor. */
export async function controllerTargets(kubectl: Kubectl, { apiserverUrl }: Pick<Cluster, 'apiserverUrl'>): Promise<Target[]> {
  const names = await kubectl('get', 'pods', '-n', OPERATOR_NAMESPACE, '-l', 'control-plane=controller-manager', '-o', 'jsonpath={.items[*].metadata.name}');
  return names.split(' ').filter((name) => name !== '').map((name) => ({ instance: name, url: `${apiserverUrl}${pathOf(name)}` }));
}

/** The samples with such labels, by name and labels in alphabetic order. */
export async function metricsOf(kubectl: Kubectl, wanted: (labels: Record<string, string>) => boolean): Promise<Record<string, number>> {
  const samples = (await scrape(kubectl)).split('\n').flatMap((line) => {
    const [, name = '', text = '', value = ''] = /^(\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
    const labels = Object.fromEntries([...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', content = '']) => [label, content]));
    return name !== '' && wanted(labels) ? [[keyOf(name, labels), Number(value)] as const] : [];
  });
  return Object.fromEntries(samples);
}

const keyOf = (name: string, labels: Record<string, string>): string =>
  `${name}{${Object.entries(labels).sort().map(([label, value]) => `${label}="${value}"`).join()}}`;
