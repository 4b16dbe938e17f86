// npm run picture:dashboard
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CHART } from '../../harness/chart.ts';
import { kubectlFor } from '../../harness/kubectl.ts';
import { controllerTargets } from '../../harness/metrics.ts';
import { ensureOperator } from '../../harness/operator.ts';
import { step } from '../../lib/step.ts';
import { startPrometheus } from '../prometheus.ts';
import { chartRules } from '../rules.ts';
import { drawDashboard } from './draw.ts';
import { letTimePass, setTheScene } from './scene.ts';

const HELP = `usage: npm run picture:dashboard

Draws the chart's Grafana dashboard into docs/images/dashboard.svg: its panels, titles, units and queries as the chart ships them, with
what a real Prometheus answers that scraped both controllers on the embedded cluster for some minutes. There is no Grafana in it: the lines,
numbers and tables are drawn here, where the dashboard has them. Takes about 7 minutes. It uses namespace shop, and removes it.`;

const PICTURE = fileURLToPath(new URL('../../../docs/images/dashboard.svg', import.meta.url));
const NAMESPACE = 'shop';
const MINUTES = 5;
const STEP_SECONDS = 4;

async function draw(): Promise<void> {
  const cluster = await ensureOperator();
  const kubectl = kubectlFor(cluster, NAMESPACE);
  const leave = (): Promise<string> => kubectl('delete', 'namespace', NAMESPACE, '--ignore-not-found', '--timeout=280s');
  await leave();
  await kubectl('create', 'namespace', NAMESPACE);
  const prometheus = await startPrometheus({ kubeconfig: cluster.kubeconfig, targets: await controllerTargets(kubectl, cluster), rules: chartRules() });
  try {
    const from = Date.now() / 1000;
    await step('Two Databases', { usually: '30 s' }, () => setTheScene(kubectl));
    await step('Time goes by', { usually: `${MINUTES} min` }, () => letTimePass(kubectl, MINUTES));
    const svg = await drawDashboard(readFileSync(join(CHART, 'files/dashboard.json'), 'utf8'), prometheus, { from, to: Date.now() / 1000, step: STEP_SECONDS });
    mkdirSync(dirname(PICTURE), { recursive: true });
    writeFileSync(PICTURE, svg);
    console.log(PICTURE);
  } finally {
    await prometheus.stop();
    await leave();
  }
}

if (process.argv.length > 2) console.log(HELP);
else await draw();
