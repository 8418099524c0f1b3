-- Who may use the pages.

-- step: add
insert into ops.web_users (name, role, password_hash, created_at, created_by, password_set_at)
values (%(name)s, %(role)s, %(hash)s, %(now)s, %(actor)s, %(now)s) on conflict do nothing

-- step: list
select u.name, u.role, u.created_at, u.created_by, max(s.seen_at) as last_seen_at, u.disabled_at
from ops.web_users u left join ops.web_sessions s using (name)
group by u.name order by u.name

-- step: find
select role, password_hash, disabled_at from ops.web_users where name = %(name)s

-- step: disable
update ops.web_users set disabled_at = %(now)s, disabled_by = %(actor)s where name = %(name)s and disabled_at is null

-- step: set_password
update ops.web_users set password_hash = %(hash)s, password_set_at = %(now)s, disabled_at = null, disabled_by = null
where name = %(name)s

-- step: end_sessions
update ops.web_sessions set ended_at = %(now)s where name = %(name)s and ended_at is null

-- step: has_any
select exists (select from ops.web_users) as has_any
