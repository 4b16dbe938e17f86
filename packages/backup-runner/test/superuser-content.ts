// One of each of what only a superuser can restore. For tests only.

/** Something a superuser has made in a database. */
export interface SuperuserContent {
  readonly sql: string;
  /** As the run result says it. */
  readonly named: readonly string[];
  /** What the owner's pg_restore ends with; undefined where it goes on and something is missing afterwards. */
  readonly fails: string | undefined;
}

const SUPERUSER = 'only a superuser creates one';
const SYSTEM = 'what belongs to the superuser, only the superuser can share';
const DENIED = 'permission denied';

/** By what they are called in the tests. Roles `a`, `b` and `reader` exist. */
export const SUPERUSER_CONTENT: Readonly<Record<string, SuperuserContent>> = {
  'an extension that is not trusted': { sql: 'create extension file_fdw', named: ['extension file_fdw (not trusted)'], fails: DENIED },
  'plpgsql, created again': {
    sql: 'drop extension plpgsql; create extension plpgsql',
    named: ['extension plpgsql (in a new database it belongs to the superuser, and so does its comment)'],
    fails: 'must be owner of extension plpgsql',
  },
  'a language of one’s own': {
    sql: `create function handler() returns language_handler language c as '$libdir/plpgsql', 'plpgsql_call_handler'; create trusted language mine handler handler`,
    named: ['function public.handler() (language c is not trusted)', `language mine (${SUPERUSER})`],
    fails: DENIED,
  },
  'a function in an untrusted language': {
    sql: `create function "My sin"(x float8) returns float8 language internal strict immutable as 'dsin'`,
    named: ['function public."My sin"(x double precision) (language internal is not trusted)'],
    fails: DENIED,
  },
  'a leakproof function': {
    sql: 'create function f() returns int language sql leakproof immutable as $$select 1$$',
    named: ['function public.f() (it is leakproof)'],
    fails: 'only superuser can define a leakproof function',
  },
  'a function with a support function': {
    sql: 'create function f(text) returns bool language sql immutable support textlike_support as $$select true$$',
    named: ['function public.f(text) (it names a support function)'],
    fails: 'must be superuser to specify a support function',
  },
  'a function that sets what only a superuser may': {
    sql: 'create function f() returns int language sql set log_min_duration_statement = 0 as $$select 1$$',
    named: ['function public.f() (it sets log_min_duration_statement)'],
    fails: 'permission denied to set parameter',
  },
  'a function that sets what only a superuser may see': {
    sql: `create procedure p() language sql set session_preload_libraries = '' as $$select 1$$`,
    named: ['function public.p() (it sets session_preload_libraries)'],
    fails: 'permission denied to set parameter',
  },
  'a function that sets a parameter nobody has announced': {
    sql: `create function f() returns int language sql set app.tenant = 'x' as $$select 1$$`,
    named: ['function public.f() (it sets app.tenant)'],
    fails: 'permission denied to set parameter',
  },
  'an aggregate with a state of type internal': {
    sql: 'create aggregate gather(anynonarray) (sfunc = array_agg_transfn, stype = internal, finalfunc = array_agg_finalfn, finalfunc_extra)',
    named: ['aggregate public.gather(anynonarray) (its state is of type internal)'],
    fails: 'aggregate transition data type cannot be internal',
  },
  'a transform': {
    sql: 'create transform for int language sql (from sql with function prsd_lextype(internal), to sql with function int4recv(internal))',
    named: ['transform for integer language sql (its functions take the type internal)'],
    fails: 'must be owner of type integer',
  },
  'a base type': {
    sql: `create type odd; create function odd_in(cstring) returns odd language internal immutable strict as 'textin';
          create function odd_out(odd) returns cstring language internal immutable strict as 'textout'; create type odd (input = odd_in, output = odd_out, like = text)`,
    named: ['function public.odd_in(cstring) (language internal is not trusted)', 'function public.odd_out(public.odd) (language internal is not trusted)', 'type public.odd (a base type)'],
    fails: 'must be superuser to create a base type',
  },
  'a shell type': { sql: 'create type later', named: ['type public.later (a shell type)'], fails: 'must be superuser to create a base type' },
  'a cast without a function': { sql: 'create cast (text as bytea) without function', named: ['cast (text as bytea) (without a function)'], fails: 'must be owner of type text or type bytea' },
  'a cast between types of others': {
    sql: 'create cast (point as text) with inout',
    named: ['cast (point as text) (between types of the system or of extensions)'],
    fails: 'must be owner of type point or type text',
  },
  'an operator class': {
    sql: 'create operator class backwards for type int4 using btree as operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 btint4cmp(int4, int4)',
    named: [`operator class public.backwards (${SUPERUSER})`],
    fails: 'must be superuser to create an operator',
  },
  'an operator family': { sql: 'create operator family relatives using hash', named: [`operator family public.relatives (${SUPERUSER})`], fails: 'must be superuser to create an operator family' },
  'an access method': { sql: 'create access method heap2 type table handler heap_tableam_handler', named: [`access method heap2 (${SUPERUSER})`], fails: DENIED },
  'a parser': {
    sql: 'create text search parser p (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype)',
    named: [`text search parser public.p (${SUPERUSER})`],
    fails: 'must be superuser to create text search parsers',
  },
  'a template for dictionaries': {
    sql: 'create text search template t (lexize = dsimple_lexize)',
    named: [`text search template public.t (${SUPERUSER})`],
    fails: 'must be superuser to create text search templates',
  },
  'an event trigger': {
    sql: 'create function f() returns event_trigger language plpgsql as $$begin end$$; create event trigger watch on ddl_command_end execute function f()',
    named: [`event trigger watch (${SUPERUSER})`],
    fails: DENIED,
  },
  'a publication of everything': { sql: 'create publication everything for all tables', named: ['publication everything (for all tables)'], fails: 'must be superuser to create FOR ALL TABLES publication' },
  'a publication of a schema': {
    sql: 'create publication several for tables in schema public',
    named: ['publication several (for all tables of a schema)'],
    fails: 'must be superuser to add schema to the publication|must be superuser to create FOR TABLES IN SCHEMA publication|must be superuser to add or set schemas',
  },
  'a subscription': {
    sql: `create subscription follow connection 'dbname=x' publication p with (connect = false)`,
    named: ['subscription follow (not in the dump: only a superuser can dump it)'],
    fails: undefined,
  },
  'a foreign server': {
    sql: 'create foreign data wrapper plain; create server elsewhere foreign data wrapper plain',
    named: [`foreign-data wrapper plain (${SUPERUSER})`, 'foreign server elsewhere (no right to use the wrapper plain)'],
    fails: DENIED,
  },
  'a table in a tablespace of others': {
    sql: 'create table t (id int) tablespace aside',
    named: ['tablespace aside (objects are in it, and the owner has no right to create there)'],
    fails: 'permission denied for tablespace aside',
  },
  'a materialized view over rows that are hidden from the owner': {
    sql: `create table t (id int); alter table t enable row level security, force row level security; create policy p on t using (true);
          create view v as select * from t; create materialized view m as select * from v`,
    named: ['materialized view public.m (it reads a table with forced row security)'],
    fails: 'would be affected by row-level security policy',
  },
  'privileges on a function of the system': { sql: 'grant execute on function pg_ls_dir(text) to reader', named: [`privileges on function pg_catalog.pg_ls_dir(text) (${SYSTEM})`], fails: DENIED },
  'privileges on a view of the system': { sql: 'revoke select on pg_roles from public', named: [`privileges on view pg_catalog.pg_roles (${SYSTEM})`], fails: undefined },
  'privileges on a column of the system': {
    sql: 'grant select (rolpassword) on pg_authid to reader',
    named: [`privileges on column rolpassword of table pg_catalog.pg_authid (${SYSTEM})`],
    fails: DENIED,
  },
  'privileges on what a trusted extension has brought': {
    sql: 'create extension hstore; revoke execute on function hstore_send(hstore) from public',
    named: [`privileges on function public.hstore_send(public.hstore) (${SYSTEM})`],
    fails: undefined,
  },
  'default privileges of another': {
    sql: 'alter default privileges for role a grant select on tables to b',
    named: ['default privileges of a (the owner is no member of that role)'],
    fails: `must be member of role|permission denied to change default privileges|must be able to SET ROLE`,
  },
};

/** What an owner may have all the same, though it looks similar. Role `b` has a right to grant, and the owner is a member of `friend`. */
export const ALLOWED_CONTENT = `
  create table t (id int); create publication one for table t;
  create type mood as enum ('sad', 'happy'); create type pair as (a int, b int);
  create function mood_of(int) returns mood language sql immutable as $$select 'sad'::mood$$;
  create cast (int as mood) with function mood_of(int); create cast (mood[] as text) with inout;
  create type span as range (subtype = float8);
  create function harmless() returns int language sql set search_path = '' set work_mem = '1MB' set lock_timeout = 0 as $$select 1$$;
  create function permitted() returns int language sql set log_min_messages = 'error' as $$select 1$$;
  create aggregate total(int) (sfunc = int4pl, stype = int, initcond = '0');
  create operator === (leftarg = int, rightarg = int, procedure = int4eq, commutator = ===);
  create text search dictionary plain (template = simple); create text search configuration words (copy = english);
  create collation loud from "C"; create conversion c for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
  create extension hstore; create extension pg_trgm; comment on extension hstore is 'mine';
  create function notes() returns event_trigger language plpgsql as $$begin end$$;
  create table hidden (id int); alter table hidden enable row level security; create policy p on hidden to reader using (true);
  create materialized view shown as select * from hidden;
  create table permitted_here (id int) tablespace "for all";
  grant select on t to reader with grant option; revoke all on schema public from public; grant usage on schema public to reader; comment on schema public is 'ours';
  alter default privileges grant select on tables to reader; alter default privileges for role friend grant select on tables to reader;
  create schema mine; grant create on schema mine to reader; grant usage on type mood to reader; revoke execute on function harmless() from public;
  select lo_from_bytea(0, 'x')`;
