// A Prometheus on loopback that scrapes controllers: processes of this machine, or pods of the embedded cluster through the API server, as kubectl does.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePorts } from '../lib/ports.ts';
import type { RuleFile } from './rules.ts';
import { ensureMonitoringTools } from './tools.ts';

/** What is scraped. */
export interface Target {
  /** Its label instance. */
  readonly instance: string;
  readonly url: string;
}

/** A value of a query, with its labels. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Values of a query over a time, as pairs of seconds since 1970 and a value. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, number])[];
}

/** A time that is looked at, in seconds since 1970, and how far apart the moments are. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

export interface Prometheus {
  /** What an expression gives now. @throws Error with what Prometheus has against it. */
  query(expression: string): Promise<Sample[]>;
  /** What an expression gave over a time. @throws Error with what Prometheus has against it. */
  queryRange(expression: string, span: Span): Promise<Series[]>;
  /** Scrapes these from now on, and no others. */
  scrape(targets: readonly Target[]): void;
  stop(): Promise<void>;
}

export interface Watched {
  readonly targets: readonly Target[];
  readonly rules: RuleFile;
  /** A kubeconfig with the data of its certificates, where targets are behind an API server. */
  readonly kubeconfig?: string;
}

/** Scrapes every two seconds and judges each second, until it is stopped or this process ends. */
export async function startPrometheus({ targets, rules, kubeconfig }: Watched): Promise<Prometheus> {
  const { prometheus } = await ensureMonitoringTools();
  const folder = mkdtempSync(join(tmpdir(), 'postgres-operator-prometheus-'));
  const [port] = await freePorts();
  const scrape = (wanted: readonly Target[]): void => {
    // In one step: half a file would be no file.
    writeFileSync(join(folder, 'new.json'), JSON.stringify(wanted.map(asTarget)));
    renameSync(join(folder, 'new.json'), join(folder, 'targets.json'));
  };
  scrape(targets);
  writeFileSync(join(folder, 'rules.yaml'), stringify(rules));
  writeFileSync(join(folder, 'prometheus.yaml'), stringify(configuration(folder, kubeconfig)));
  const flags = [`--config.file=${folder}/prometheus.yaml`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=127.0.0.1:${port}`, '--log.level=warn'];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', prometheus, ...flags], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const ask = <T>(path: string, parameters: Record<string, string>): Promise<T[]> => answerOf(`http://127.0.0.1:${port}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`, parameters['query'] ?? '');
  return {
    async query(expression) {
      const result = await ask<{ metric: Record<string, string>; value: [number, string] }>('query', { query: expression });
      return result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
    },
    async queryRange(expression, { from, to, step }) {
      const result = await ask<{ metric: Record<string, string>; values: [number, string][] }>('query_range', { query: expression, start: String(from), end: String(to), step: String(step) });
      return result.map(({ metric, values }) => ({ metric, values: values.map(([at, value]) => [at, Number(value)] as const) }));
    },
    scrape,
    async stop() {
      child.kill('SIGKILL');
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}

/** As a file for service discovery has it. */
function asTarget({ instance, url }: Target): object {
  const { host, protocol, pathname } = new URL(url);
  return { targets: [host], labels: { instance, __scheme__: protocol.slice(0, -1), __metrics_path__: pathname } };
}

function configuration(folder: string, kubeconfig: string | undefined): object {
  const controllers = {
    job_name: 'controller',
    honor_labels: true,
    file_sd_configs: [{ files: [join(folder, 'targets.json')], refresh_interval: '1s' }],
    ...(kubeconfig !== undefined && { tls_config: certificates(folder, kubeconfig) }),
  };
  return { global: { scrape_interval: '2s', scrape_timeout: '2s', evaluation_interval: '1s' }, rule_files: [join(folder, 'rules.yaml')], scrape_configs: [controllers] };
}

function certificates(folder: string, kubeconfig: string): object {
  const { clusters: [{ cluster }], users: [{ user }] } = JSON.parse(readFileSync(kubeconfig, 'utf8')) as { clusters: [{ cluster: Record<string, string> }]; users: [{ user: Record<string, string> }] };
  const file = (name: string, data = ''): string => {
    writeFileSync(join(folder, name), Buffer.from(data, 'base64'), { mode: 0o600 });
    return join(folder, name);
  };
  return { ca_file: file('ca.crt', cluster['certificate-authority-data']), cert_file: file('client.crt', user['client-certificate-data']), key_file: file('client.key', user['client-key-data']) };
}

async function answerOf<T>(url: string, expression: string): Promise<T[]> {
  const answer = await fetch(url);
  const { status, data, error } = (await answer.json()) as { status: string; error?: string; data?: { result: T[] } };
  if (status !== 'success' || data === undefined) throw new Error(`${expression}: ${error ?? answer.statusText}`);
  return data.result;
}
