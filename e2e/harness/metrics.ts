// What Prometheus would scrape from the controller.
import type { Kubectl } from './kubectl.ts';
import { CONTROLLER_DEPLOYMENT, OPERATOR_NAMESPACE } from './operator.ts';

/** Where the page is, below the API server. */
export const SCRAPE_PATH = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/services/${CONTROLLER_DEPLOYMENT}-metrics:8080/proxy/metrics`;

/** The page as it is. */
export const scrape = (kubectl: Kubectl): Promise<string> => kubectl('get', '--raw', SCRAPE_PATH);

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
