// Privileges that the owner of a database cannot give again: a restore leaves them out. They are on what belongs to the superuser in
// every new database, such as the catalogs and what trusted extensions bring. Those that somebody else than an object's owner has
// given come back as the owner's.
import { DATABASE_OWNER, USER_OID, qualified, type SuperuserRule } from './superuser-rules.ts';

/** Objects that have privileges: `o` is the object, `n` its schema. */
interface Privileged {
  readonly catalog: string;
  readonly from: string;
  readonly acl: string;
  /** SQL: the number of the column, or 0. */
  readonly column?: string;
  /** SQL: the privileges that everybody has before anything is granted. */
  readonly initial: string;
  /** SQL. */
  readonly name: string;
}

const RELATION = `case o.relkind when 'S' then 'sequence ' when 'v' then 'view ' when 'm' then 'materialized view ' when 'f' then 'foreign table ' else 'table ' end || ${qualified('n.nspname', 'o.relname')}`;

const PRIVILEGED: readonly Privileged[] = [
  {
    catalog: 'pg_class',
    from: 'pg_class o join pg_namespace n on n.oid = o.relnamespace',
    acl: 'o.relacl',
    initial: `acldefault(case o.relkind when 'S' then 's' else 'r' end::"char", o.relowner)`,
    name: RELATION,
  },
  {
    catalog: 'pg_class',
    from: 'pg_attribute a join pg_class o on o.oid = a.attrelid join pg_namespace n on n.oid = o.relnamespace',
    acl: 'a.attacl',
    column: 'a.attnum',
    initial: `acldefault('c', o.relowner)`,
    name: `'column ' || quote_ident(a.attname) || ' of ' || ${RELATION}`,
  },
  {
    catalog: 'pg_proc',
    from: 'pg_proc o join pg_namespace n on n.oid = o.pronamespace',
    acl: 'o.proacl',
    initial: `acldefault('f', o.proowner)`,
    name: `'function ' || ${qualified('n.nspname', 'o.proname')} || '(' || coalesce(pg_get_function_identity_arguments(o.oid), '') || ')'`,
  },
  {
    catalog: 'pg_type',
    from: 'pg_type o join pg_namespace n on n.oid = o.typnamespace',
    acl: 'o.typacl',
    initial: `acldefault('T', o.typowner)`,
    name: `'type ' || ${qualified('n.nspname', 'o.typname')}`,
  },
  { catalog: 'pg_namespace', from: 'pg_namespace o', acl: 'o.nspacl', initial: `acldefault('n', o.nspowner)`, name: `'schema ' || quote_ident(o.nspname)` },
  { catalog: 'pg_language', from: 'pg_language o', acl: 'o.lanacl', initial: `acldefault('l', o.lanowner)`, name: `'language ' || quote_ident(o.lanname)` },
];

/** SQL: an ACL in an order that says nothing. */
const sorted = (acl: string): string => `(select coalesce(array_agg(x::text order by x::text), '{}') from unnest(${acl}) x)`;

/** SQL: what initdb made, as far as pg_dump looks at it, and what an extension made as the superuser. */
const ofTheSystem = (catalog: string, serverMajor: number): string => `(
  o.oid < ${USER_OID} ${builtIn(catalog, serverMajor)}
  or exists (
    select from pg_depend e join pg_extension x on x.oid = e.refobjid join pg_available_extensions d on d.name = x.extname
      join pg_available_extension_versions v on v.name = d.name and v.version = d.default_version
     where e.classid = '${catalog}'::regclass and e.objid = o.oid and e.deptype = 'e' and v.superuser))`;

/** pg_dump leaves out information_schema. From 15 on the owner of a database owns its schema public. */
function builtIn(catalog: string, serverMajor: number): string {
  if (catalog === 'pg_language') return '';
  if (catalog !== 'pg_namespace') return `and n.nspname = 'pg_catalog'`;
  return serverMajor >= 15 ? `and o.nspname = 'pg_catalog'` : `and o.nspname in ('pg_catalog', 'public')`;
}

function ruleFor({ catalog, from, acl, column = '0', initial, name }: Privileged, serverMajor: number): SuperuserRule {
  const before = `coalesce((select i.initprivs from pg_init_privs i where i.classoid = '${catalog}'::regclass and i.objoid = o.oid and i.objsubid = ${column}), ${initial})`;
  return {
    kind: 'privileges',
    name: `'on ' || ${name}`,
    why: 'what belongs to the superuser, only the superuser can share',
    from: `${from} where ${acl} is not null and ${sorted(acl)} <> ${sorted(before)} and ${ofTheSystem(catalog, serverMajor)}`,
  };
}

// 16 asks for a membership that inherits; before, any would do.
const defaultPrivileges = (serverMajor: number): SuperuserRule => ({
  kind: 'default privileges',
  name: `'of ' || quote_ident(r.rolname)`,
  why: 'the owner is no member of that role',
  from: `pg_roles r where r.oid in (select defaclrole from pg_default_acl) and not pg_has_role(${DATABASE_OWNER}, r.oid, '${serverMajor >= 16 ? 'USAGE' : 'MEMBER'}')`,
});

/** All rules about privileges for a server of this major. */
export const privilegeRules = (serverMajor: number): readonly SuperuserRule[] => [...PRIVILEGED.map((kind) => ruleFor(kind, serverMajor)), defaultPrivileges(serverMajor)];
