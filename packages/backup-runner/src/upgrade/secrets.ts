// What only the server may see: it reads the hand-over file itself, and does what stands there.
import type { Client } from 'pg';
import { contentOf, mappingsOf } from './handover.ts';

// An error that comes from inside would have the statement, and so the hash, in its context.
const WITHOUT_CONTEXT = (what: string): string => `exception when others then raise exception using errcode = sqlstate, message = ${what} || ': ' || sqlerrm;`;

/**
 * Roles with their attributes and password hashes. Those that are there already keep their passwords: the operator has set them from its Secrets, or
 * an earlier attempt from this very file. All or nothing.
 */
const ROLES = (file: string): string => `
  do $upgrade$
  declare
    one record;
  begin
    for one in select * from jsonb_to_recordset(${contentOf(file)} -> 'roles') as r (rolname text, rolsuper bool, rolinherit bool, rolcreaterole bool, rolcreatedb bool,
               rolcanlogin bool, rolreplication bool, rolbypassrls bool, rolconnlimit int, rolpassword text, rolvaliduntil text) loop
      begin
        if not exists (select from pg_roles where rolname = one.rolname) then
          execute format('create role %I', one.rolname);
          if one.rolpassword is not null then execute format('alter role %I password %L', one.rolname, one.rolpassword); end if;
        end if;
        execute format('alter role %I %s %s %s %s %s %s %s connection limit %s', one.rolname,
          case when one.rolsuper then 'superuser' else 'nosuperuser' end, case when one.rolinherit then 'inherit' else 'noinherit' end,
          case when one.rolcreaterole then 'createrole' else 'nocreaterole' end, case when one.rolcreatedb then 'createdb' else 'nocreatedb' end,
          case when one.rolcanlogin then 'login' else 'nologin' end, case when one.rolreplication then 'replication' else 'noreplication' end,
          case when one.rolbypassrls then 'bypassrls' else 'nobypassrls' end, one.rolconnlimit);
        if one.rolvaliduntil is not null then execute format('alter role %I valid until %L', one.rolname, one.rolvaliduntil); end if;
      ${WITHOUT_CONTEXT(`'role ' || quote_ident(one.rolname)`)}
      end;
    end loop;
  end $upgrade$`;

/** Options of user mappings, such as passwords: who dumps may not see them. */
const MAPPINGS = (file: string): string => `
  do $upgrade$
  declare
    one record;
    option record;
  begin
    for one in select * from jsonb_to_recordset(${contentOf(mappingsOf(file))}) as m (server text, role text, options text[]) loop
      begin
        for option in select o.option_name as name, o.option_value as value from pg_options_to_table(one.options) o
                       where o.option_name not in (select p.option_name from pg_user_mappings u, pg_options_to_table(u.umoptions) p where u.srvname = one.server and u.usename = coalesce(one.role, 'public')) loop
          execute format('alter user mapping for %s server %I options (add %I %L)', coalesce(quote_ident(one.role), 'public'), one.server, option.name, option.value);
        end loop;
      ${WITHOUT_CONTEXT(`'user mapping of ' || quote_ident(one.server)`)}
      end;
    end loop;
  end $upgrade$`;

/** Creates the roles of the hand-over file that are not there, and gives all their attributes. */
export async function createRoles(session: Client, file: string): Promise<void> {
  await session.query(ROLES(file));
}

/** Completes the user mappings in the database that the session is connected to. */
export async function completeUserMappings(session: Client, file: string): Promise<void> {
  await session.query(MAPPINGS(file));
}
