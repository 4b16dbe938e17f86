// A Prometheus on loopback that scrapes the controller on the embedded cluster through the API server, as kubectl does.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePorts } from '../lib/ports.ts';
import { ensureMonitoringTools } from './tools.ts';

/** A value of a query, with its labels. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Prometheus {
  /** What an expression gives now. @throws Error with what Prometheus has against it. */
  query(expression: string): Promise<Sample[]>;
  stop(): Promise<void>;
}

export interface Scraped {
  /** A kubeconfig with the data of its certificates. */
  readonly kubeconfig: string;
  /** Path below the API server. */
  readonly path: string;
  /** Groups of rules, as in a rule file. */
  readonly rules: object;
}

/** Scrapes every two seconds and judges each second, until it is stopped or this process ends. */
export async function startPrometheus({ kubeconfig, path, rules }: Scraped): Promise<Prometheus> {
  const { prometheus } = await ensureMonitoringTools();
  const folder = mkdtempSync(join(tmpdir(), 'postgres-operator-prometheus-'));
  const [port] = await freePorts();
  writeFileSync(join(folder, 'rules.yaml'), stringify(rules));
  writeFileSync(join(folder, 'prometheus.yaml'), stringify(configuration(folder, kubeconfig, path)));
  const flags = [`--config.file=${folder}/prometheus.yaml`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=127.0.0.1:${port}`, '--log.level=warn'];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', prometheus, ...flags], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  return {
    query: (expression) => query(`http://127.0.0.1:${port}`, expression),
    async stop() {
      child.kill('SIGKILL');
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}

function configuration(folder: string, kubeconfig: string, path: string): object {
  const [{ cluster }] = (JSON.parse(readFileSync(kubeconfig, 'utf8')) as { clusters: [{ cluster: Record<string, string> }] }).clusters;
  const [{ user }] = (JSON.parse(readFileSync(kubeconfig, 'utf8')) as { users: [{ user: Record<string, string> }] }).users;
  const file = (name: string, data = ''): string => {
    writeFileSync(join(folder, name), Buffer.from(data, 'base64'), { mode: 0o600 });
    return join(folder, name);
  };
  return {
    global: { scrape_interval: '2s', scrape_timeout: '2s', evaluation_interval: '1s' },
    rule_files: [join(folder, 'rules.yaml')],
    scrape_configs: [
      {
        job_name: 'controller',
        honor_labels: true,
        scheme: 'https',
        metrics_path: path,
        tls_config: { ca_file: file('ca.crt', cluster['certificate-authority-data']), cert_file: file('client.crt', user['client-certificate-data']), key_file: file('client.key', user['client-key-data']) },
        static_configs: [{ targets: [new URL(cluster['server'] ?? '').host] }],
      },
    ],
  };
}

async function query(server: string, expression: string): Promise<Sample[]> {
  const answer = await fetch(`${server}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const { status, data, error } = (await answer.json()) as { status: string; error?: string; data?: { result: { metric: Record<string, string>; value: [number, string] }[] } };
  if (status !== 'success' || data === undefined) throw new Error(`${expression}: ${error ?? answer.statusText}`);
  return data.result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
}
