// Phases, apart from the schemas that use them: the controller needs these and not the schema library.

/** Phases of a Database, in the order it walks them. Failed leads back to Pending. */
export const DATABASE_PHASES = ['Pending', 'Provisioning', 'Configuring', 'Deploying', 'Verifying', 'Ready', 'Failed'] as const;
export type DatabasePhase = (typeof DATABASE_PHASES)[number];

/** Phases of a Backup and of a Restore. Completed and Failed are final. */
export const RUN_PHASES = ['Pending', 'InProgress', 'Completed', 'Failed'] as const;
export type RunPhase = (typeof RUN_PHASES)[number];

/** True for Completed and Failed: a run in such a phase never changes and never runs again. */
export const isTerminalPhase = (phase: RunPhase | undefined): boolean => phase === 'Completed' || phase === 'Failed';

/** What becomes of the data of an object that is deleted. */
export const DELETION_POLICIES = ['Retain', 'Delete'] as const;

/** What a consistency check finds a standby to be. */
export const STANDBY_STATES = ['Streaming', 'NotStreaming', 'NotInRecovery', 'Unreachable'] as const;
export type StandbyState = (typeof STANDBY_STATES)[number];

/** Where a Backup may ask to be read from. */
export const DUMP_SOURCES = ['Primary', 'PreferStandby'] as const;
export type DumpSource = (typeof DUMP_SOURCES)[number];

/** What a Backup was read from in the end. */
export const DUMP_SOURCES_SEEN = ['Primary', 'Standby'] as const;
export type DumpSourceSeen = (typeof DUMP_SOURCES_SEEN)[number];

/** How a Restore takes the place of the live database. */
export const RESTORE_MODES = ['Swap', 'Replace'] as const;
export type RestoreMode = (typeof RESTORE_MODES)[number];

/**
 * The steps of a change of the major version of a Database, in their order, then its other ends. From Fencing to Loading, and while it is
 * Returning, no Service leads to a server.
 */
export const UPGRADE_STEPS = ['Checking', 'Fencing', 'BackingUp', 'Switching', 'Loading', 'Serving', 'Done', 'Returning', 'Refused', 'Failed', 'Checked'] as const;
export type UpgradeStep = (typeof UPGRADE_STEPS)[number];

const FENCED_STEPS: readonly (UpgradeStep | undefined)[] = ['Fencing', 'BackingUp', 'Switching', 'Loading', 'Returning'] satisfies UpgradeStep[];

/** True while clients are kept out of a Database for an upgrade in this step. */
export const isFencedStep = (step: UpgradeStep | undefined): boolean => FENCED_STEPS.includes(step);

/** True for an upgrade that has not ended, and can still be taken back by itself. */
export const isUpgrading = (step: UpgradeStep | undefined): boolean => step === 'Checking' || isFencedStep(step);
