// What decisions about a Database are made from.
import type { Backup, Database } from '@postgres-operator/api';
import type { StatefulSet } from 'kubernetes-types/apps/v1.d.ts';
import type { Job } from 'kubernetes-types/batch/v1.d.ts';
import type { ConfigMap, PersistentVolumeClaim, Pod, Service } from 'kubernetes-types/core/v1.d.ts';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.d.ts';
import type { Read } from '../kube/resources.ts';
import type { FollowUp } from '../run/follow-up.ts';
import type { CloneWorld } from './clone/world.ts';
import type { Warning } from './trouble/warnings.ts';
import type { UpgradeWorld } from './upgrade/world.ts';

/** All that a decision about a Database looks at. Children are there only if they are its own. */
export interface DatabaseWorld {
  readonly database: Database;
  readonly config: Read<ConfigMap> | undefined;
  readonly statefulSet: Read<StatefulSet> | undefined;
  readonly service: Read<Service> | undefined;
  readonly headlessService: Read<Service> | undefined;
  readonly disruptionBudget: Read<PodDisruptionBudget> | undefined;
  readonly readOnlyService: Read<Service> | undefined;
  /** Volumes of the servers and of backups. */
  readonly claims: readonly Read<PersistentVolumeClaim>[];
  /** Pods of the servers and of runs against them. */
  readonly pods: readonly Read<Pod>[];
  /** Consistency checks of any servers that it had. */
  readonly checks: readonly FollowUp[];
  /** Jobs that work on the Database. */
  readonly jobs: readonly Read<Job>[];
  /** True when no run works on it, and no Restore is to. */
  readonly idle: boolean;
  /** What Events say of a child that does not say it itself. */
  readonly warnings: readonly Warning[];
  /** Claims that the API server did not let grow. */
  readonly refusals: readonly Refusal[];
  /** True when it was asked whether the Secrets are there, and one of them is not. */
  readonly lacksSecret: boolean;
  /** The Backup that was taken before it goes. */
  readonly finalBackup: Backup | undefined;
  /** True when it was asked whether the namespace is being deleted, and it is. */
  readonly terminating: boolean;
  /** True when Service <db> routes to a ready pod. */
  readonly reachable: boolean;
  /** True when it routes to any pod, ready or not. */
  readonly routed: boolean;
  readonly upgrade: UpgradeWorld;
  /** Undefined when nothing is to be cloned, or no more. */
  readonly clone?: CloneWorld | undefined;
}

/** A claim that the API server would not let grow. */
export interface Refusal {
  readonly claim: string;
  /** The API server's own words. */
  readonly message: string;
}
