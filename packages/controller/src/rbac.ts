// What the controller may do, and why. The chart's ClusterRole and Role are generated from these lists.
import { OWN_KINDS } from './kube/resources.ts';
import { GROUP } from '@postgres-operator/api';

/** A rule of a Role, with the reason for it. */
export interface PolicyRule {
  readonly why: string;
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  /** Only the objects of these names. */
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** The Lease that the one controller at work holds. */
export const LEASE_NAME = 'postgres-operator.database.example.com';

/** In all namespaces. */
export const RULES: readonly PolicyRule[] = [
  { why: 'Our own kinds are watched.', apiGroups: [GROUP], resources: OWN_KINDS, verbs: ['get', 'list', 'watch'] },
  { why: 'Their status is applied; their spec is never written.', apiGroups: [GROUP], resources: OWN_KINDS.map((kind) => `${kind}/status`), verbs: ['patch'] },
  { why: 'A Database that starts with the content of a Backup makes a Restore for it.', apiGroups: [GROUP], resources: ['restores'], verbs: ['create'] },
  { why: 'The Backup before a Database goes, and that which a newer major version is loaded from.', apiGroups: [GROUP], resources: ['backups'], verbs: ['create'] },
  { why: 'The finalizer of a Database is set by applying it.', apiGroups: [GROUP], resources: ['databases'], verbs: ['patch'] },
  { why: 'A schedule creates Backups, and retention deletes them; a finalizer keeps one until its data is gone.', apiGroups: [GROUP], resources: ['backups'], verbs: ['create', 'patch', 'delete'] },
  {
    why: 'Clusters that check it allow owner references that block deletion only with this.',
    apiGroups: [GROUP],
    resources: OWN_KINDS.map((kind) => `${kind}/finalizers`),
    verbs: ['update'],
  },
  { why: 'Servers of a Database.', apiGroups: ['apps'], resources: ['statefulsets'], verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
  { why: 'Services and configuration of a Database.', apiGroups: [''], resources: ['services', 'configmaps'], verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
  { why: 'How many servers of a Database a drain may take at once.', apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
  { why: 'The configuration owns the Secrets.', apiGroups: [''], resources: ['configmaps/finalizers'], verbs: ['update'] },
  { why: 'Secrets are only ever created: the answers to other verbs contain them. Whether one is there is asked by a dry run of creating it.', apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
  {
    why: 'The claim for backups whose location is left open; volumes of servers grow, and go with a standby, or with their Database where its deletionPolicy says so.',
    apiGroups: [''],
    resources: ['persistentvolumeclaims'],
    verbs: ['list', 'watch', 'create', 'patch', 'delete'],
  },
  {
    why: 'Pods tell why they wait and how they ended; those of standbys are labelled for their Service; a primary that cannot run goes when its specification is taken back, which a StatefulSet would wait with.',
    apiGroups: [''],
    resources: ['pods'],
    verbs: ['list', 'watch', 'patch', 'delete'],
  },
  { why: 'How far a run has come stands in the log of its pod.', apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
  { why: 'Whether the Service of a Database routes to a ready server.', apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
  { why: 'Each run is a Job; one whose pod does not start is deleted.', apiGroups: ['batch'], resources: ['jobs'], verbs: ['get', 'list', 'watch', 'create', 'delete'] },
  { why: 'The pods of drills have no network; whoever may only create cannot take away what others wrote.', apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['create'] },
  { why: 'What keeps a pod from being created or its volumes from being mounted stands in Events alone.', apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['list'] },
  { why: 'Transitions are told as Events; repetitions are counted in the first.', apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
];

/** In the controller's own namespace. */
export const NAMESPACE_RULES: readonly PolicyRule[] = [
  { why: 'The first controller ever makes the Lease; a name cannot be asked for here.', apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
  { why: 'Controllers read, take, renew and release it.', apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: [LEASE_NAME], verbs: ['get', 'update'] },
];

/** In the cluster, with metrics.secure alone: these resources are in no namespace. */
export const METRICS_RULES: readonly PolicyRule[] = [
  { why: 'Whose token it is that somebody shows who asks for the metrics.', apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
  { why: 'Whether that account may read them.', apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
];
