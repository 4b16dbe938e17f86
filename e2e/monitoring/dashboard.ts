// What a Grafana dashboard asks of Prometheus.

export interface Query {
  readonly panel: string;
  /** With all namespaces chosen, and the interval that Grafana would put in. */
  readonly expr: string;
}

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
}

/** The queries of a dashboard, as Grafana would send them. */
export function queriesOf(dashboard: string): Query[] {
  const { panels } = JSON.parse(dashboard) as Dashboard;
  return panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ panel: title, expr: expr.replaceAll('$namespace', '.*').replaceAll('$__rate_interval', '1m') })));
}
