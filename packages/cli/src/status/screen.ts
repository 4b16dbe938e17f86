// One screen about one Database, and one line about each of several. Pure.
import { readableBytes } from '@postgres-operator/api';
import type { Paint } from '../terminal/terminal.ts';
import { bar } from '../view/bar.ts';
import { table, type Cell } from '../view/table.ts';
import { fromNow } from '../view/times.ts';
import type { Overview, RunSummary } from './overview.ts';
import type { Server } from './servers.ts';

/** How it is shown: the moment (milliseconds since the epoch), and what puts color on words. */
export interface Showing {
  readonly now: number;
  readonly paint: Paint;
}

/** The screen of a Database. */
export function screen(overview: Overview, showing: Showing): string[] {
  const { paint } = showing;
  return [
    `${paint.strong(`Database ${overview.name}`)} in namespace ${overview.namespace}: ${phaseOf(overview, showing)}, ${overview.image}`,
    '',
    ...serverLines(overview.servers, showing),
    '',
    ...facts(overview, showing),
    '',
    ...troubleLines(overview, showing),
  ];
}

const phaseOf = ({ phase, ready, troubles }: Overview, { paint }: Showing): string => (ready ? (troubles.length === 0 ? paint.good(phase) : phase) : paint.bad(phase));

function serverLines(servers: readonly Server[], { now, paint }: Showing): string[] {
  const rows = servers.map((server): Cell[] => [
    server.name,
    server.role,
    server.state === undefined ? 'not known: pods may not be listed' : { text: server.state, paint: server.state === 'Ready' ? paint.good : paint.bad },
    server.replication ?? '',
    server.lagBytes === undefined ? '' : `${server.lagBytes === 0 ? '0' : readableBytes(server.lagBytes)}${server.lagSeconds === undefined ? '' : `, ${server.lagSeconds.toFixed(1)}s`} (${fromNow(server.checkedAt, now)})`,
    server.node ?? '',
  ]);
  return table(['SERVER', 'ROLE', 'STATE', 'REPLICATION', 'LAG', 'NODE'], rows);
}

function facts(overview: Overview, showing: Showing): string[] {
  const { endpoint, readOnlyEndpoint, upgrade, underWay, lastRestore } = overview;
  const rows: [string, string][] = [
    ...(endpoint === undefined ? [] : [['Connect to', `${endpoint}${readOnlyEndpoint === undefined ? '' : `, read only: ${readOnlyEndpoint}`}`] as [string, string]]),
    ...(upgrade === undefined ? [] : [['Upgrade', `to PostgreSQL ${upgrade.to}: ${upgrade.step}${upgrade.percent === undefined ? '' : ` ${bar(upgrade.percent)}`}`] as [string, string]]),
    ['Newest backup', newestWords(overview, showing)],
    ['Proof', proofWords(overview, showing)],
    ['Next run', nextWords(overview, showing)],
    ...underWay.map((run): [string, string] => ['Under way', underWayWords(run)]),
    ...(lastRestore === undefined ? [] : [['Last restore', `${lastRestore.name}, ${lastRestore.phase} ${fromNow(lastRestore.time, showing.now)}${lastRestore.phase === 'Failed' ? `: ${lastRestore.message ?? ''}` : ''}`] as [string, string]]),
  ];
  const width = Math.max(...rows.map(([what]) => what.length));
  return rows.map(([what, words]) => `${what.padEnd(width)}   ${words}`);
}

function newestWords({ newestBackup }: Overview, { now, paint }: Showing): string {
  if (newestBackup === undefined) return paint.bad('none');
  const { name, time, size, rows, location } = newestBackup;
  return [`${name}, ${fromNow(time, now)}`, ...(size === undefined ? [] : [size]), ...(rows === undefined ? [] : [`${rows} rows`]), ...(location === undefined ? [] : [location])].join(', ');
}

const proofWords = ({ proof }: Overview, { now, paint }: Showing): string => (proof === undefined ? paint.faint('no backup was restored by a drill yet') : `${proof.name}, ${fromNow(proof.time, now)}: ${proof.message}`);

function nextWords({ schedules }: Overview, { now, paint }: Showing): string {
  if (schedules.length === 0) return paint.faint('no schedule');
  return schedules.map(({ name, schedule, suspended, next }) => `${name} (${schedule}) ${suspended ? 'is suspended' : fromNow(next, now)}`).join('; ');
}

const underWayWords = ({ kind, name, phase, percent, reason, message }: RunSummary): string =>
  `${kind} ${name}: ${phase === 'InProgress' && percent !== undefined ? bar(percent) : `${phase}${reason === undefined ? '' : `, ${reason}: ${message ?? ''}`}`}`;

function troubleLines({ troubles }: Overview, { paint }: Showing): string[] {
  if (troubles.length === 0) return [paint.good('No trouble')];
  return [paint.bad('Trouble'), ...troubles.map(({ about, reason, message }) => `  ${about}: ${reason}: ${message}`)];
}

/** The table of all Databases. */
export function lines(overviews: readonly Overview[], { now, paint }: Showing): string[] {
  const rows = overviews.map((overview): Cell[] => [
    overview.name,
    { text: overview.phase, paint: overview.ready ? paint.good : paint.bad },
    overview.servers.some(({ state }) => state === undefined) ? String(overview.servers.length) : `${overview.servers.filter(({ state }) => state === 'Ready').length}/${overview.servers.length}`,
    fromNow(overview.newestBackup?.time, now),
    fromNow(overview.proof?.time, now),
    fromNow(overview.schedules.map(({ next }) => next ?? '').filter((next) => next !== '').sort()[0], now),
    { text: [...new Set(overview.troubles.map(({ reason }) => reason))].join(','), paint: paint.bad },
  ]);
  return table(['DATABASE', 'PHASE', 'SERVERS', 'BACKUP', 'PROOF', 'NEXT', 'TROUBLE'], rows);
}
