// What the owner of a database, who is no superuser, cannot restore with pg_restore --no-owner. Each rule was tried: see
// test/superuser-only.integration.test.ts. Members of extensions do not count: CREATE EXTENSION brings them.

/** Objects of one kind, as the pieces of a query over the catalogs. */
export interface SuperuserRule {
  readonly kind: string;
  /** SQL: the name. */
  readonly name: string;
  /** Why the owner cannot, for people. `sql` instead where it depends on the object. */
  readonly why: string | { readonly sql: string };
  /** SQL: what follows FROM. */
  readonly from: string;
}

/** The first OID of what was created after initdb. */
export const USER_OID = 16384;

/** SQL: true for what a user created, alone and not as a part of an extension. pg_dump dumps nothing else. */
const own = (catalog: string, alias: string): string =>
  `${alias}.oid >= ${USER_OID} and not exists (select from pg_depend e where e.classid = '${catalog}'::regclass and e.objid = ${alias}.oid and e.deptype = 'e')`;

/** SQL: a name with its schema, as a person would write it. */
export const qualified = (schema: string, name: string): string => `quote_ident(${schema}) || '.' || quote_ident(${name})`;
const inSchema = (catalog: string, prefix: string): string => `${catalog} c join pg_namespace n on n.oid = c.${prefix}namespace where ${own(catalog, 'c')}`;

const SIGNATURE = `${qualified('n.nspname', 'p.proname')} || '(' || coalesce(pg_get_function_identity_arguments(p.oid), '') || ')'`;
// Those of a range type come with the type.
const FUNCTIONS = `pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang where ${own('pg_proc', 'p')}
  and not exists (select from pg_depend i where i.classid = 'pg_proc'::regclass and i.objid = p.oid and i.deptype = 'i')`;
/** SQL: who owns the database, and is who a restore logs in as. */
export const DATABASE_OWNER = '(select datdba from pg_database where datname = current_database())';
const SUPERUSERS = 'only a superuser creates one';

/** SQL: a type whose owner the restoring role will be, or an array of such a type. */
const ownType = (oid: string): string => `exists (
  select from pg_type a join pg_type t on t.oid = case when a.typcategory = 'A' and a.typelem <> 0 then a.typelem else a.oid end
   where a.oid = ${oid} and ${own('pg_type', 't')})`;

const EXTENSIONS: readonly SuperuserRule[] = [
  {
    kind: 'extension',
    name: 'quote_ident(e.extname)',
    why: { sql: `case when v.name is null then 'its files are not on the server' else 'not trusted' end` },
    // CREATE EXTENSION in a dump names no version.
    from: `pg_extension e left join pg_available_extensions d on d.name = e.extname left join pg_available_extension_versions v on v.name = d.name and v.version = d.default_version
            where e.oid >= ${USER_OID} and (v.name is null or v.superuser and not v.trusted)`,
  },
  {
    kind: 'extension',
    name: 'quote_ident(e.extname)',
    why: 'in a new database it belongs to the superuser, and so does its comment',
    from: `pg_extension e where e.oid >= ${USER_OID} and e.extname = 'plpgsql' and obj_description(e.oid, 'pg_extension') is not null`,
  },
];

/** Parameters that the owner may not set, as of the server's major: rights to single parameters came with 15. */
const forbiddenParameter = (serverMajor: number): string => {
  const granted = serverMajor >= 15 ? `has_parameter_privilege(${DATABASE_OWNER}, split_part(c.item, '=', 1), 'SET')` : 'false';
  // A parameter that no library has announced is anybody's in a session, but not in a function.
  return `(s.context = 'superuser' or s.name is null) and not ${granted}`;
};

const functionRules = (serverMajor: number): readonly SuperuserRule[] => [
  { kind: 'function', name: SIGNATURE, why: { sql: `'language ' || l.lanname || ' is not trusted'` }, from: `${FUNCTIONS} and p.prokind <> 'a' and not l.lanpltrusted` },
  { kind: 'function', name: SIGNATURE, why: 'it is leakproof', from: `${FUNCTIONS} and p.proleakproof and l.lanpltrusted` },
  { kind: 'function', name: SIGNATURE, why: 'it names a support function', from: `${FUNCTIONS} and p.prosupport <> 0 and l.lanpltrusted` },
  {
    kind: 'function',
    name: SIGNATURE,
    why: { sql: `'it sets ' || (select min(split_part(c.item, '=', 1)) from unnest(p.proconfig) c(item) left join pg_settings s on lower(s.name) = lower(split_part(c.item, '=', 1)) where ${forbiddenParameter(serverMajor)})` },
    from: `${FUNCTIONS} and exists (select from unnest(p.proconfig) c(item) left join pg_settings s on lower(s.name) = lower(split_part(c.item, '=', 1)) where ${forbiddenParameter(serverMajor)})`,
  },
  {
    kind: 'aggregate',
    name: SIGNATURE,
    why: 'its state is of type internal',
    from: `pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_aggregate g on g.aggfnoid = p.oid
            where ${own('pg_proc', 'p')} and 'internal'::regtype in (g.aggtranstype, g.aggmtranstype)`,
  },
  { kind: 'language', name: 'quote_ident(l.lanname)', why: SUPERUSERS, from: `pg_language l where ${own('pg_language', 'l')}` },
  {
    kind: 'transform',
    name: `'for ' || format_type(t.trftype, null) || ' language ' || quote_ident(l.lanname)`,
    why: 'its functions take the type internal',
    from: `pg_transform t join pg_language l on l.oid = t.trflang where ${own('pg_transform', 't')}`,
  },
];

const TYPES: readonly SuperuserRule[] = [
  {
    kind: 'type',
    name: qualified('n.nspname', 'c.typname'),
    why: { sql: `case when c.typisdefined then 'a base type' else 'a shell type' end` },
    from: `${inSchema('pg_type', 'typ')} and (c.typtype = 'b' and not exists (select from pg_type t where t.typarray = c.oid) or not c.typisdefined)`,
  },
  {
    kind: 'cast',
    name: `'(' || format_type(c.castsource, null) || ' as ' || format_type(c.casttarget, null) || ')'`,
    why: { sql: `case c.castmethod when 'b' then 'without a function' else 'between types of the system or of extensions' end` },
    from: `pg_cast c where ${own('pg_cast', 'c')} and (c.castmethod = 'b' or not ${ownType('c.castsource')} and not ${ownType('c.casttarget')})`,
  },
  { kind: 'operator class', name: `${qualified('n.nspname', 'c.opcname')}`, why: SUPERUSERS, from: inSchema('pg_opclass', 'opc') },
  {
    kind: 'operator family',
    name: qualified('n.nspname', 'c.opfname'),
    why: SUPERUSERS,
    // A class brings a family of its own name.
    from: `${inSchema('pg_opfamily', 'opf')} and not exists (select from pg_opclass o where o.opcfamily = c.oid and o.opcname = c.opfname and o.opcnamespace = c.opfnamespace)`,
  },
  { kind: 'access method', name: 'quote_ident(a.amname)', why: SUPERUSERS, from: `pg_am a where ${own('pg_am', 'a')}` },
  { kind: 'text search parser', name: qualified('n.nspname', 'c.prsname'), why: SUPERUSERS, from: inSchema('pg_ts_parser', 'prs') },
  { kind: 'text search template', name: qualified('n.nspname', 'c.tmplname'), why: SUPERUSERS, from: inSchema('pg_ts_template', 'tmpl') },
];

const publicationOfSchemas = (serverMajor: number): string => (serverMajor >= 15 ? 'exists (select from pg_publication_namespace s where s.pnpubid = p.oid)' : 'false');

const actorRules = (serverMajor: number): readonly SuperuserRule[] => [
  { kind: 'event trigger', name: 'quote_ident(t.evtname)', why: SUPERUSERS, from: `pg_event_trigger t where ${own('pg_event_trigger', 't')}` },
  {
    kind: 'publication',
    name: 'quote_ident(p.pubname)',
    why: { sql: `case when p.puballtables then 'for all tables' else 'for all tables of a schema' end` },
    from: `pg_publication p where ${own('pg_publication', 'p')} and (p.puballtables or ${publicationOfSchemas(serverMajor)})`,
  },
  {
    kind: 'subscription',
    name: 'quote_ident(s.subname)',
    why: 'not in the dump: only a superuser can dump it',
    from: 'pg_subscription s where s.subdbid = (select oid from pg_database where datname = current_database())',
  },
  { kind: 'foreign-data wrapper', name: 'quote_ident(w.fdwname)', why: SUPERUSERS, from: `pg_foreign_data_wrapper w where ${own('pg_foreign_data_wrapper', 'w')}` },
  {
    kind: 'foreign server',
    name: 'quote_ident(s.srvname)',
    why: { sql: `'no right to use the wrapper ' || quote_ident(w.fdwname)` },
    from: `pg_foreign_server s join pg_foreign_data_wrapper w on w.oid = s.srvfdw where ${own('pg_foreign_server', 's')}`,
  },
  {
    kind: 'tablespace',
    name: 'quote_ident(t.spcname)',
    why: 'objects are in it, and the owner has no right to create there',
    from: `pg_tablespace t where exists (select from pg_class c where c.reltablespace = t.oid and ${own('pg_class', 'c')}) and not has_tablespace_privilege(${DATABASE_OWNER}, t.oid, 'CREATE')`,
  },
  {
    kind: 'materialized view',
    name: 'm.name',
    why: 'it reads a table with forced row security',
    from: `(
      with recursive reads (view, name, relation) as (
        select c.oid, ${qualified('n.nspname', 'c.relname')}, c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'm' and c.relispopulated and ${own('pg_class', 'c')}
        union
        select r.view, r.name, d.refobjid from reads r join pg_rewrite w on w.ev_class = r.relation
          join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass
      )
      select distinct r.name from reads r join pg_class t on t.oid = r.relation where t.relrowsecurity and t.relforcerowsecurity) m`,
  },
];

/** All rules for a server of this major, but for those about privileges. */
export const superuserRules = (serverMajor: number): readonly SuperuserRule[] => [...EXTENSIONS, ...functionRules(serverMajor), ...TYPES, ...actorRules(serverMajor)];
