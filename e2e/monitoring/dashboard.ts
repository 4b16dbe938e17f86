// What a Grafana dashboard shows, and what it asks of Prometheus for it. Pure.

/** Where a panel is, in cells: 24 are as wide as the page. */
export interface Cells {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Target {
  readonly refId: string;
  readonly expr: string;
  /** With names of labels in {{…}}. */
  readonly legendFormat: string;
}

/** The colour of values from here on; from below all for null. */
export interface Step {
  readonly color: string;
  readonly value: number | null;
}

export interface Panel {
  readonly title: string;
  readonly type: 'row' | 'stat' | 'timeseries' | 'table';
  readonly cells: Cells;
  readonly targets: readonly Target[];
  readonly unit: string;
  readonly steps: readonly Step[];
  /** What is shown instead of a value. */
  readonly texts: Readonly<Record<string, string>>;
  /** Names of the columns of a table, by those that Grafana gives them. */
  readonly columns: Readonly<Record<string, string>>;
}

export interface Query {
  readonly panel: string;
  /** With all namespaces chosen, and the interval that Grafana would put in. */
  readonly expr: string;
}

interface Defaults {
  readonly unit?: string;
  readonly thresholds?: { readonly steps: readonly Step[] };
  readonly mappings?: readonly { readonly options: Readonly<Record<string, { readonly text: string }>> }[];
}

interface Written {
  readonly title: string;
  readonly type: Panel['type'];
  readonly gridPos: Cells;
  readonly targets?: readonly Target[];
  readonly fieldConfig?: { readonly defaults: Defaults };
  readonly transformations?: readonly { readonly options: { readonly renameByName?: Readonly<Record<string, string>> } }[];
}

/** The panels of a dashboard. */
export function panelsOf(dashboard: string): Panel[] {
  return (JSON.parse(dashboard) as { panels: readonly Written[] }).panels.map(({ title, type, gridPos, targets = [], fieldConfig, transformations = [] }) => {
    const { unit = 'none', thresholds, mappings = [] } = fieldConfig?.defaults ?? {};
    const texts = Object.fromEntries(mappings.flatMap(({ options }) => Object.entries(options).map(([value, { text }]) => [value, text])));
    const columns = Object.assign({}, ...transformations.map(({ options }) => options.renameByName ?? {})) as Record<string, string>;
    return { title, type, cells: gridPos, targets: targets.map((target) => ({ ...target, expr: asSent(target.expr) })), unit, steps: thresholds?.steps ?? [], texts, columns };
  });
}

const asSent = (expr: string): string => expr.replaceAll('$namespace', '.*').replaceAll('$__rate_interval', '1m');

/** The queries of a dashboard, as Grafana would send them. */
export const queriesOf = (dashboard: string): Query[] => panelsOf(dashboard).flatMap(({ title, targets }) => targets.map(({ expr }) => ({ panel: title, expr })));
