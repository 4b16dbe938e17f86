import type { AdminApi } from './api.ts';

/** Where a campaign takes place: a cluster on which no other controller works. */
export interface Ground {
  readonly kubeconfig: string;
  readonly api: AdminApi;
  /** Where the ServiceAccount of the chart is, and the Lease. */
  readonly operatorNamespace: string;
  /** Where the objects of the campaign are. */
  readonly namespace: string;
  /** The controller's environment, as in its pod. */
  readonly env: Readonly<Record<string, string>>;
  /** Puts rows into the Database. */
  fill(): Promise<void>;
  /** Changes them, as an accident would. */
  damage(): Promise<void>;
  /** What every table holds. */
  content(): Promise<unknown>;
  close(): Promise<void>;
}
