// How campaigns tell what they found.
import { writeFileSync } from 'node:fs';
import { textTable } from '../demo/report.ts';
import { messageOf } from '../lib/error.ts';
import { parseOptions, UsageError, type CampaignOptions } from './options.ts';

/** One number that the project is held to. */
export interface Figure {
  readonly id: string;
  readonly value: number;
  readonly unit: string;
  readonly goal: string;
}

export interface CampaignResult {
  readonly figures: readonly Figure[];
  /** Rows of the table at the end, the head first. */
  readonly table: readonly (readonly string[])[];
  /** What must not happen, and did. */
  readonly violations: readonly string[];
}

export interface Campaign {
  readonly help: string;
  readonly defaultTrials: number;
  /** Names of options that only this campaign has. */
  readonly further?: readonly string[];
  run(options: CampaignOptions, progress: (line: string) => void): Promise<CampaignResult>;
}

/** Runs a campaign as a command; gives its exit code. */
export async function runCampaign(campaign: Campaign, argv: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(argv, campaign.defaultTrials, campaign.further);
    if (options === 'help') {
      console.log(campaign.help);
      return 0;
    }
    const { figures, table, violations } = await campaign.run(options, (line) => console.error(line));
    console.log(`\n${textTable(table)}\n\n${textTable(figures.map(({ id, value, unit, goal }) => [id, `${value} ${unit}`, `goal: ${goal}`]))}\n`);
    for (const violation of violations) console.log(`✗ ${violation}`);
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ figures, violations }, null, 2)}\n`);
    console.log(violations.length === 0 ? '✓ No violation.' : `✗ ${violations.length} violations.`);
    return violations.length === 0 ? 0 : 1;
  } catch (error) {
    console.error(`✗ ${messageOf(error)}${error instanceof UsageError ? `\n\n${campaign.help}` : ''}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** The value below which a share of the values lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
