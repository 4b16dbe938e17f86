// What belongs to no database and is no secret: who is a member of what, settings of roles, comments, privileges on parameters.
import type { Client } from 'pg';
import type { ScopedSetting } from '../restore/copy-properties.ts';
import { flag, list, nullable, shape, text } from '../shape.ts';

/** One role's membership in another. */
export interface Membership {
  readonly role: string;
  readonly member: string;
  readonly admin: boolean;
  /** Null before PostgreSQL 16, which has no such options, and where grantors may be gone. */
  readonly options: { readonly inherit: boolean; readonly set: boolean; readonly grantor: string } | null;
}

/** A right to set a parameter. PostgreSQL 15 and later. */
export interface ParameterPrivilege {
  readonly parameter: string;
  /** Null: everybody. */
  readonly grantee: string | null;
  readonly privilege: string;
  readonly grantable: boolean;
}

/** What a server knows of its roles. */
export interface Globals {
  readonly roles: readonly string[];
  readonly memberships: readonly Membership[];
  /** In all databases. A role of null: all roles. */
  readonly settings: readonly ScopedSetting[];
  readonly comments: readonly { readonly role: string; readonly comment: string }[];
  readonly parameters: readonly ParameterPrivilege[];
}

export const isGlobals = shape<Globals>({
  roles: list(text),
  memberships: list(
    shape<Membership>({ role: text, member: text, admin: flag, options: nullable(shape<NonNullable<Membership['options']>>({ inherit: flag, set: flag, grantor: text })) }),
  ),
  settings: list(shape<ScopedSetting>({ role: nullable(text), setting: text })),
  comments: list(shape<Globals['comments'][number]>({ role: text, comment: text })),
  parameters: list(shape<ParameterPrivilege>({ parameter: text, grantee: nullable(text), privilege: text, grantable: flag })),
});

const ROLES = `select rolname as role, shobj_description(oid, 'pg_authid') as comment from pg_roles where rolname !~ '^pg_' order by 1`;

const MEMBERSHIPS = (major: number): string => `
  select r.rolname as role, m.rolname as member, a.admin_option as admin,
         ${major < 16 ? 'null' : `jsonb_build_object('inherit', a.inherit_option, 'set', a.set_option, 'grantor', g.rolname)`} as options
    from pg_auth_members a join pg_roles r on r.oid = a.roleid join pg_roles m on m.oid = a.member left join pg_roles g on g.oid = a.grantor
   where m.rolname !~ '^pg_' order by a.grantor, 1, 2`;

const SETTINGS = `
  select r.rolname as role, setting from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole, unnest(s.setconfig) with ordinality as c(setting, position)
   where s.setdatabase = 0 and (s.setrole = 0 or r.rolname is not null) order by 1 nulls first, position`;

const PARAMETERS = `
  select p.parname as parameter, r.rolname as grantee, a.privilege_type as privilege, a.is_grantable as grantable
    from pg_parameter_acl p, aclexplode(p.paracl) a left join pg_roles r on r.oid = a.grantee
   where a.grantee <> 10 and (a.grantee = 0 or r.rolname is not null) order by 1, 2`;

/** Reads them. */
export async function readGlobals(session: Client, major: number): Promise<Globals> {
  const roles = (await session.query<{ role: string; comment: string | null }>(ROLES)).rows;
  return {
    roles: roles.map(({ role }) => role),
    comments: roles.flatMap(({ role, comment }) => (comment === null ? [] : [{ role, comment }])),
    memberships: (await session.query<Membership>(MEMBERSHIPS(major))).rows,
    settings: (await session.query<ScopedSetting>(SETTINGS)).rows,
    parameters: major < 15 ? [] : (await session.query<ParameterPrivilege>(PARAMETERS)).rows,
  };
}
