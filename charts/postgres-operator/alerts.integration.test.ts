// The alerts, as promtool plays them: each fires when it should and not when it should not, and leads to a chapter of the runbooks.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { renderChart } from '../../e2e/harness/chart.ts';
import { run, type RunResult } from '../../e2e/lib/run.ts';
import { ensureMonitoringTools } from '../../e2e/monitoring/tools.ts';
import { ALERT_STORIES, type AlertStory } from './test/alert-stories.ts';

interface Rule {
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const FILE = join(import.meta.dirname, 'files/alerts.yaml');
const RUNBOOKS = fileURLToPath(new URL('../../docs/runbooks.md', import.meta.url));
const rules = (parse(readFileSync(FILE, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
const severityOf = (alert: string): string => rules.find((rule) => rule.alert === alert)?.labels['severity'] ?? '';

let folder: string;
let promtool: (...args: string[]) => Promise<RunResult>;

beforeAll(async () => {
  const tools = await ensureMonitoringTools();
  folder = mkdtempSync(join(tmpdir(), 'postgres-operator-alerts-'));
  promtool = (...args) => run(tools.promtool, args, { accept: [1, 3] });
});
afterAll(() => rmSync(folder, { recursive: true }));

const quoted = (labels: Readonly<Record<string, string>>): string => `{${Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join()}}`;

/** A story as promtool reads it. */
function asTest({ alert, series, at, fires }: AlertStory): object {
  const samples = fires.map((labels) => ({ labels: `ALERTS${quoted({ alertname: alert, alertstate: 'firing', severity: severityOf(alert), ...labels })}`, value: 1 }));
  return {
    rule_files: [FILE],
    tests: [
      {
        interval: '1m',
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        promql_expr_test: [{ expr: `ALERTS{alertname="${alert}",alertstate="firing"}`, eval_time: at, exp_samples: samples }],
      },
    ],
  };
}

test('promtool reads the file, its expressions and its templates', async () => {
  expect(await promtool('check', 'rules', FILE)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`SUCCESS: ${rules.length} rules found`) as string });
});

describe.each(ALERT_STORIES.map((story) => ({ ...story, what: `${story.fires.length > 0 ? 'fires' : 'does not fire'} ${story.when}` })))('$alert', (story) => {
  test(`${story.what}`, async () => {
    const file = join(folder, 'story.yaml');
    writeFileSync(file, stringify(asTest(story)));
    expect(await promtool('test', 'rules', file)).toMatchObject({ exitCode: 0 });
  });
});

describe.each(rules)('$alert', ({ alert, labels, annotations }) => {
  test('is tried both ways', () => {
    const tried = ALERT_STORIES.filter((story) => story.alert === alert).map(({ fires }) => fires.length > 0);
    expect(new Set(tried)).toEqual(new Set([true, false]));
  });

  test('says how bad it is, in one line and in more, and leads to its chapter of the runbooks', () => {
    expect(['critical', 'warning', 'info']).toContain(labels['severity']);
    expect(annotations).toMatchObject({ summary: expect.any(String) as string, description: expect.stringMatching(/\.$/) as string, runbook_url: `RUNBOOK_URL#${alert.toLowerCase()}` });
    expect(readFileSync(RUNBOOKS, 'utf8')).toContain(`\n## ${alert}\n`);
  });
});

test('the runbooks have no chapter of an alert that is not there', () => {
  const chapters = [...readFileSync(RUNBOOKS, 'utf8').matchAll(/^## (\S+)$/gm)].map(([, name = '']) => name);
  expect(chapters).toEqual(rules.map(({ alert }) => alert));
});

test('the chart makes a PrometheusRule of them, with links to where the runbooks are', async () => {
  const manifests = await renderChart('monitoring.alerts.enabled=true', 'monitoring.alerts.labels.team=dba', 'monitoring.alerts.runbookUrl=https://wiki.test/runbooks');
  const rule = manifests.find(({ kind }) => kind === 'PrometheusRule');
  expect(rule).toMatchObject({ metadata: { namespace: 'operators', labels: { team: 'dba' } } });
  const expected = parse(readFileSync(FILE, 'utf8').replaceAll('RUNBOOK_URL', 'https://wiki.test/runbooks')) as object;
  expect(rule?.spec).toEqual(expected);
});
