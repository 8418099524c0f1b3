-- Who is signed in. What ended long ago says nothing more.

-- step: begin
with forgotten as (delete from ops.web_sessions where ends_at < %(now)s - interval '90 days')
insert into ops.web_sessions (id_hash, name, began_at, seen_at, ends_at)
values (%(id_hash)s, %(name)s, %(now)s, %(now)s, %(ends_at)s)

-- step: find
select s.name, u.role, s.seen_at from ops.web_sessions s join ops.web_users u using (name)
where s.id_hash = %(id_hash)s and s.ended_at is null and s.ends_at > %(now)s and s.seen_at > %(idle_since)s
    and u.disabled_at is null

-- step: seen
update ops.web_sessions set seen_at = %(now)s where id_hash = %(id_hash)s

-- step: end
update ops.web_sessions set ended_at = %(now)s where id_hash = %(id_hash)s and ended_at is null
