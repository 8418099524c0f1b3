-- What is still to be done on this server before roles can be given their rights, or with rights that the program's login
-- may lack: one statement for each row, in order, and no row for what is done. Some login can run each of them.
with me as (
    select r.oid, r.rolname, r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user
), here as (
    select d.oid, d.datname, coalesce(d.datacl, acldefault('d', d.datdba)) as acl
    from pg_catalog.pg_database d where d.datname = current_database()
), settings as ( -- name=value, for everybody in this database or for the program's login in it
    select s.setrole, split_part(c, '=', 1) as name
    from pg_catalog.pg_db_role_setting s cross join here cross join unnest(s.setconfig) c where s.setdatabase in (0, here.oid)
)
select statement from (
    select 1 as position, format('create role %I nologin', r) as statement
    from me cross join unnest(array['writer', 'analyst', 'pii_reader', 'steward', 'compliance'] || case when me.rolsuper then array['definer'] else '{}' end) r
    where not exists (select from pg_catalog.pg_roles where rolname = r)
    union all
    -- Functions with rights of their own belong to a role that is no superuser. It sees when a session began.
    select 2, 'grant pg_read_all_stats to definer' from me
    where me.rolsuper and not exists (
        select from pg_catalog.pg_auth_members m
        where m.roleid = 'pg_read_all_stats'::regrole and m.member = (select oid from pg_catalog.pg_roles where rolname = 'definer'))
    union all
    -- Temporary tables and types are found before everybody else's. The program has some; nobody else needs any.
    select 3, format('grant temporary on database %I to %I', here.datname, me.rolname) from me, here
    where not me.rolsuper and not exists (select from aclexplode(here.acl) a
        where a.privilege_type = 'TEMPORARY' and a.grantee <> 0 and pg_has_role(me.oid, a.grantee, 'USAGE'))
    union all
    select 4, format('revoke temporary on database %I from public', here.datname) from here
    where exists (select from aclexplode(here.acl) a where a.privilege_type = 'TEMPORARY' and a.grantee = 0)
    union all
    -- Before PostgreSQL 15 anybody could make functions there, which the next reader of the path would call.
    select 5, 'revoke create on schema public from public' from pg_catalog.pg_namespace n
    where n.nspname = 'public' and exists (select from aclexplode(n.nspacl) a where a.privilege_type = 'CREATE' and a.grantee = 0)
    union all
    select 6, format('revoke execute on function %s from public', string_agg(p.oid::regprocedure::text, ', ' order by p.oid))
    from pg_catalog.pg_proc p
    where p.pronamespace = 'pg_catalog'::regnamespace and p.proname ~ '^lo(_.*|read|write)$'
        and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0)
    having count(*) > 0
    union all
    -- Brakes for everybody who is not the program. temp_file_limit is a superuser's to set.
    select 7, format('alter role %I in database %I set %s', me.rolname, here.datname, b.free)
    from me, here, (values ('statement_timeout', 'statement_timeout = 0'), ('temp_file_limit', 'temp_file_limit = -1')) b (name, free)
    where not exists (select from settings s where s.setrole = me.oid and s.name = b.name)
    union all
    select 8, format('alter database %I set %s', here.datname, b.brake)
    from here, (values ('statement_timeout', 'statement_timeout = ''10min'''), ('temp_file_limit', 'temp_file_limit = ''10GB''')) b (name, brake)
    where not exists (select from settings s where s.setrole = 0 and s.name = b.name)
) todo order by position, statement
