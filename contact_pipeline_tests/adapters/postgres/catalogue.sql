-- Whom the catalogue lets do what. Each rule: its name, a statement that breaks it, and the query for what breaks it.
-- %(ours)s: our schemas. %(roles)s: our roles, definer among them where there is one.

-- rule: functions are in a language of ours
-- broken by: create function core.f() returns int language internal as 'pg_backend_pid'
select p.oid::regprocedure from pg_proc p join pg_language l on l.oid = p.prolang
where p.pronamespace = any (%(ours)s::regnamespace[]) and l.lanname not in ('sql', 'plpgsql')

-- rule: definer and plpgsql functions end in a closed path
-- broken by: create function core.f() returns int language plpgsql set search_path = pg_catalog as 'begin return 1; end'
select p.oid::regprocedure from pg_proc p join pg_language l on l.oid = p.prolang
where p.pronamespace = any (%(ours)s::regnamespace[]) and (p.prosecdef or l.lanname = 'plpgsql')
    and coalesce(p.proconfig[array_upper(p.proconfig, 1)], '') <> 'search_path=pg_catalog, pg_temp'

-- rule: functions in SQL resolve names when they are made, and can be inlined
-- broken by: create function core.f() returns int language sql as 'select 1'
select p.oid::regprocedure from pg_proc p join pg_language l on l.oid = p.prolang
where p.pronamespace = any (%(ours)s::regnamespace[]) and l.lanname = 'sql' and not p.prosecdef
    and (p.prosqlbody is null or p.proconfig is not null)

-- rule: no definer function belongs to a superuser
-- broken by: alter function audit.actor() owner to current_user
select p.oid::regprocedure from pg_proc p join pg_roles o on o.oid = p.proowner
where p.pronamespace = any (%(ours)s::regnamespace[]) and p.prosecdef and o.rolsuper

-- rule: PUBLIC may call no function
-- broken by: create function core.f() returns int language sql begin atomic select 1; end
select p.oid::regprocedure from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
where p.pronamespace = any (%(ours)s::regnamespace[]) and a.grantee = 0

-- rule: roles call no trigger function, and no definer function but the writer's and the steward's
-- broken by: grant execute on function audit.begin_erasing() to writer
-- broken by: grant execute on function curated.decide_review(bigint, text, text, text, text) to compliance
select r || ': ' || p.oid::regprocedure from pg_proc p cross join unnest(%(roles)s::text[]) r
where p.pronamespace = any (%(ours)s::regnamespace[]) and (p.prosecdef or p.prorettype = 'trigger'::regtype)
    and r <> 'definer' and has_function_privilege(r, p.oid, 'execute')
    and not (r = 'writer' and p.oid = 'audit.actor()'::regprocedure)
    and not (r = 'steward' and p.oid in ('curated.correct_contact(uuid, text, text, text)'::regprocedure,
        'curated.decide_review(bigint, text, text, text, text)'::regprocedure))

-- rule: outside of curated readers have no schema, no sequence, and no function but the rules that views call
-- broken by: grant usage on schema core to steward
-- broken by: grant usage on sequence core.contacts_id_seq to compliance
-- broken by: grant execute on function audit.row_texts(regclass, bigint) to compliance
select r || ': ' || n.nspname from pg_namespace n cross join unnest(array['analyst', 'pii_reader', 'steward', 'compliance']) r
where n.oid = any (%(ours)s::regnamespace[]) and has_schema_privilege(r, n.oid, 'usage') <> (n.nspname = 'curated')
union all
select r || ': ' || c.oid::regclass from pg_class c cross join unnest(array['analyst', 'pii_reader', 'steward', 'compliance']) r
where c.relnamespace = any (%(ours)s::regnamespace[]) and c.relkind = 'S' and has_sequence_privilege(r, c.oid, 'usage, select, update')
union all
select r || ': ' || p.oid::regprocedure from pg_proc p cross join unnest(array['analyst', 'pii_reader', 'steward', 'compliance']) r
where p.pronamespace = any (%(ours)s::regnamespace[]) and p.pronamespace not in ('core'::regnamespace, 'curated'::regnamespace)
    and has_function_privilege(r, p.oid, 'execute')

-- rule: triggers call functions of ours and are on
-- broken by: alter table core.suppressions disable trigger fact_stays
select t.tgrelid::regclass || ': ' || t.tgname from pg_trigger t
join pg_class c on c.oid = t.tgrelid join pg_proc p on p.oid = t.tgfoid
where not t.tgisinternal and c.relnamespace = any (%(ours)s::regnamespace[])
    and (p.pronamespace <> all (%(ours)s::regnamespace[]) or t.tgenabled <> 'O')

-- rule: views, defaults, checks, indexes and functions are made of PostgreSQL's parts and ours
-- broken by: create function public.f() returns int language sql begin atomic select 1; end;create view curated.v as select public.f()
select pg_describe_object(d.classid, d.objid, d.objsubid) || ' uses ' || pg_describe_object(d.refclassid, d.refobjid, 0)
from pg_depend d cross join lateral (
    select pronamespace from pg_proc where d.refclassid = 'pg_proc'::regclass and oid = d.refobjid
    union all select oprnamespace from pg_operator where d.refclassid = 'pg_operator'::regclass and oid = d.refobjid
    union all select typnamespace from pg_type where d.refclassid = 'pg_type'::regclass and oid = d.refobjid
    union all select relnamespace from pg_class where d.refclassid = 'pg_class'::regclass and oid = d.refobjid
) used (namespace) cross join lateral (
    select pronamespace from pg_proc where d.classid = 'pg_proc'::regclass and oid = d.objid
    union all select relnamespace from pg_class where d.classid = 'pg_class'::regclass and oid = d.objid
    union all select c.relnamespace from pg_rewrite w join pg_class c on c.oid = w.ev_class
        where d.classid = 'pg_rewrite'::regclass and w.oid = d.objid
    union all select c.relnamespace from pg_attrdef f join pg_class c on c.oid = f.adrelid
        where d.classid = 'pg_attrdef'::regclass and f.oid = d.objid
    union all select c.relnamespace from pg_trigger t join pg_class c on c.oid = t.tgrelid
        where d.classid = 'pg_trigger'::regclass and t.oid = d.objid
    union all select connamespace from pg_constraint where d.classid = 'pg_constraint'::regclass and oid = d.objid
) user_of (namespace)
where user_of.namespace = any (%(ours)s::regnamespace[]) and used.namespace <> 'pg_catalog'::regnamespace
    and used.namespace <> all (%(ours)s::regnamespace[])

-- rule: readers' conditions run above the views
-- broken by: create view curated.v as select 1 as one
select c.oid::regclass from pg_class c where c.relnamespace = 'curated'::regnamespace
    and (c.relkind <> 'v' or 'security_barrier=true' <> all (coalesce(c.reloptions, '{}'))
        or array_to_string(c.reloptions, ',') like '%%security_invoker%%')

-- rule: readers read curated and nothing else
-- broken by: grant select (name) on core.contacts to analyst
-- broken by: grant update on ops.reviews to steward
-- broken by: revoke select on curated.audit_trail from pii_reader
select r || ': ' || c.oid::regclass || ' ' || v from pg_class c cross join unnest(array['analyst', 'pii_reader', 'steward', 'compliance']) r
cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) v
where c.relnamespace = any (%(ours)s::regnamespace[]) and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and case when v in ('delete', 'truncate', 'trigger') then has_table_privilege(r, c.oid, v)
        else has_any_column_privilege(r, c.oid, v) end
    <> (c.relnamespace = 'curated'::regnamespace and v = 'select')

-- rule: the writer writes no history, and hangs nothing on a table
-- broken by: grant insert on audit.sessions to writer
select c.oid::regclass || ' ' || v from pg_class c
cross join unnest(array['insert', 'update', 'delete', 'truncate', 'references', 'trigger']) v
where c.relnamespace = any (%(ours)s::regnamespace[]) and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and case when v in ('delete', 'truncate', 'trigger') then has_table_privilege('writer', c.oid, v)
        else has_any_column_privilege('writer', c.oid, v) end
    and (c.relnamespace in ('audit'::regnamespace, 'curated'::regnamespace) or v in ('truncate', 'references', 'trigger'))

-- rule: the writer names neither who stored a contact nor who changed it
-- broken by: grant update on core.contacts to writer
select a.attname || ' ' || v from pg_attribute a cross join unnest(array['insert', 'update']) v
where a.attrelid = 'core.contacts'::regclass and a.attname ~ '_(by|login)$'
    and has_column_privilege('writer', a.attrelid, a.attnum, v)

-- rule: PUBLIC has no right on anything of ours
-- broken by: grant usage on schema core to public
select c.oid::regclass::text from pg_class c, aclexplode(c.relacl) a
where c.relnamespace = any (%(ours)s::regnamespace[]) and a.grantee = 0
union all select n.nspname from pg_namespace n, aclexplode(n.nspacl) a
where n.oid = any (%(ours)s::regnamespace[]) and a.grantee = 0

-- rule: no role makes anything, and PUBLIC neither
-- broken by: create schema s; grant create on schema s to public
select n.nspname || ': ' || r from pg_namespace n cross join unnest(%(roles)s::text[]) r
where n.nspname !~ '^pg_(temp|toast)' and has_schema_privilege(r, n.oid, 'create')
union all select 'database: ' || r from unnest(%(roles)s::text[]) r
where has_database_privilege(r, current_database(), 'temporary') or has_database_privilege(r, current_database(), 'create')

-- rule: PUBLIC has no large objects
-- broken by: grant execute on function pg_catalog.lo_create(oid) to public
select p.oid::regprocedure from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
where p.pronamespace = 'pg_catalog'::regnamespace and p.proname ~ '^lo(_.*|read|write)$' and a.grantee = 0

-- rule: no default privilege gives anybody what is made tomorrow
-- broken by: alter default privileges in schema core grant select on tables to analyst
select pg_get_userbyid(d.defaclrole) || ' ' || d.defaclobjtype::text || ' ' || a.privilege_type
from pg_default_acl d, aclexplode(d.defaclacl) a
where a.grantee = 0 or a.grantee in (select oid from pg_roles where rolname = any (%(roles)s::text[]))

-- rule: roles are plain and own nothing of ours but what they define
-- broken by: grant pg_monitor to analyst
select r.rolname::text from pg_roles r where r.rolname = any (%(roles)s::text[])
    and (r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolbypassrls or r.rolreplication or r.rolcanlogin)
union all select r.rolname || ' is a member of ' || m.roleid::regrole from pg_auth_members m join pg_roles r on r.oid = m.member
where r.rolname = any (%(roles)s::text[]) and not (r.rolname = 'definer' and m.roleid = 'pg_read_all_stats'::regrole)
union all select c.oid::regclass::text from pg_class c join pg_roles r on r.oid = c.relowner
where r.rolname = any (%(roles)s::text[]) and c.relnamespace = any (%(ours)s::regnamespace[])
union all select p.oid::regprocedure::text from pg_proc p join pg_roles r on r.oid = p.proowner
where r.rolname = any (%(roles)s::text[]) and not (r.rolname = 'definer' and p.prosecdef)

-- rule: casts and operators are PostgreSQL's
-- broken by: create type core.t as (a int); create cast (core.t as text) with inout
select pg_describe_object('pg_cast'::regclass, c.oid, 0) from pg_cast c where c.oid >= 16384
union all select o.oid::regoperator::text from pg_operator o where o.oprnamespace = any (%(ours)s::regnamespace[])
