// Makes the roles of a new server what they were on the old one.
import { DatabaseError, escapeIdentifier, escapeLiteral, type Client } from 'pg';
import { parseSetting, settingScope, writeSetting, type ScopedSetting } from '../restore/copy-properties.ts';
import type { Globals, Membership, ParameterPrivilege } from './globals.ts';
import { createRoles } from './secrets.ts';

/** Brings roles, memberships, settings and comments. Returns what the server does not take, in words. May be repeated. */
export async function bringRoles(session: Client, file: string, globals: Globals): Promise<string[]> {
  await createRoles(session, file);
  const notes = await bringMemberships(session, globals.memberships);
  for (const { role, comment } of globals.comments) await session.query(`comment on role ${escapeIdentifier(role)} is ${escapeLiteral(comment)}`);
  for (const privilege of globals.parameters) notes.push(...(await attempt(session, grantParameter(privilege), `privilege on parameter ${privilege.parameter}`)));
  const scoped = globals.settings.map(({ role, setting }) => ({ scope: role === null ? 'role all' : `role ${escapeIdentifier(role)}`, setting }));
  return [...notes, ...(await bringSettings(session, scoped))];
}

/** Brings the settings of a database, and of roles in it. */
export const bringDatabaseSettings = (session: Client, settings: readonly ScopedSetting[], database: string): Promise<string[]> =>
  bringSettings(session, settings.map(({ role, setting }) => ({ scope: settingScope(role, database), setting })));

async function bringSettings(session: Client, settings: readonly { readonly scope: string; readonly setting: string }[]): Promise<string[]> {
  const notes: string[] = [];
  for (const { scope, setting } of settings) {
    const { name, value } = parseSetting(setting);
    notes.push(...(await attempt(session, () => writeSetting(session, scope, { name, value }), `setting ${name} of ${scope}`)));
  }
  return notes;
}

const nameOf = (role: string | null): string => (role === null ? 'public' : escapeIdentifier(role));

const grantParameter =
  ({ parameter, grantee, privilege, grantable }: ParameterPrivilege) =>
  async (session: Client): Promise<void> => {
    const name = parameter.split('.').map(escapeIdentifier).join('.');
    await session.query(`grant ${privilege} on parameter ${name} to ${nameOf(grantee)}${grantable ? ' with grant option' : ''}`);
  };

/** A grantor needs the right to grant first, which another membership may give. */
async function bringMemberships(session: Client, memberships: readonly Membership[]): Promise<string[]> {
  let left = memberships;
  for (;;) {
    const refused: { readonly membership: Membership; readonly notes: string[] }[] = [];
    for (const membership of left) {
      const notes = await attempt(session, () => session.query(grantStatement(membership)), `membership of ${membership.member} in ${membership.role}`);
      if (notes.length > 0) refused.push({ membership, notes });
    }
    if (refused.length === 0 || refused.length === left.length) return refused.flatMap(({ notes }) => notes);
    left = refused.map(({ membership }) => membership);
  }
}

/** SQL that makes a role a member of another. */
export function grantStatement({ role, member, admin, options }: Membership): string {
  const grant = `grant ${escapeIdentifier(role)} to ${escapeIdentifier(member)}`;
  if (options === null) return admin ? `${grant} with admin option` : grant;
  return `${grant} with admin ${admin}, inherit ${options.inherit}, set ${options.set} granted by ${escapeIdentifier(options.grantor)}`;
}

/** Does it in a transaction. What the server refuses is said, and keeps nobody from the rest: an upgrade must not fail for a setting that is gone. */
async function attempt(session: Client, work: (session: Client) => Promise<unknown>, what: string): Promise<string[]> {
  await session.query('begin');
  try {
    await work(session);
    await session.query('commit');
    return [];
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    await session.query('rollback');
    return [`the ${what} is not carried: ${error.message}`];
  }
}
