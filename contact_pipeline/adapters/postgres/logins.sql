-- Logins of people and programs, and which of our roles they have. Roles belong to the server, not to one database.

-- step: list
-- Who is a member of a role of ours, by whatever way. The program's own login is none of them: where it made the roles it
-- counts as a member of each.
select l.rolname::text as login, l.rolcanlogin as can_log_in,
    array(select r from unnest(%(roles)s::text[]) with ordinality o (r, position) join pg_catalog.pg_roles g on g.rolname = o.r
        where pg_has_role(l.oid, g.oid, 'MEMBER') order by o.position) as roles
from pg_catalog.pg_roles l
where not l.rolsuper and l.rolname <> all (%(roles)s::text[]) and l.rolname not in (current_user, 'definer')
    and exists (select from pg_catalog.pg_roles g where g.rolname = any (%(roles)s::text[]) and pg_has_role(l.oid, g.oid, 'MEMBER'))
order by 1

-- step: find
-- is_ours: made by `roles grant`, which says so in the comment.
select l.rolcanlogin as can_log_in, l.rolsuper as is_superuser, l.rolname = current_user
        or l.oid = (select d.datdba from pg_catalog.pg_database d where d.datname = current_database()) as is_owner,
    shobj_description(l.oid, 'pg_authid') is not distinct from %(mark)s as is_ours,
    array(select g.rolname::text from pg_catalog.pg_auth_members m join pg_catalog.pg_roles g on g.oid = m.roleid
        where m.member = l.oid and g.rolname = any (%(roles)s::text[])) as roles
from pg_catalog.pg_roles l where l.rolname = %(login)s

-- step: end_sessions
-- Membership ends with the statement that is at work; what a session has opened before would go on.
select pg_terminate_backend(a.pid) from pg_catalog.pg_stat_activity a where a.usename = %(login)s and a.pid <> pg_backend_pid()
