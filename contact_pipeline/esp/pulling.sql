-- How far their lists were read, and which of their rows are only our own word come back.

-- step: cursors
select list, read_to from ops.esp_cursors where system = %(system)s

-- step: advance
-- Only forwards: a full reading, or another process, may have been further.
insert into ops.esp_cursors as k (system, list, read_to, pulled_at) values (%(system)s, %(list)s, %(read_to)s, %(now)s)
on conflict (system, list) do update
set read_to = greatest(k.read_to, excluded.read_to), pulled_at = excluded.pulled_at

-- step: erased
select encode(e.subject_key, 'hex') as key from core.erased_keys e
where e.subject_key in (select decode(k, 'hex') from unnest(%(keys)s::text[]) k)
    and not exists (select from core.contacts c where c.email_key = e.subject_key)

-- step: ours
-- Whom we have put on this list ourselves, and when.
select encode(email_key, 'hex') as key, sent_at from ops.esp_bases
where system = %(system)s and state = 'left' and taken_off = %(list)s
    and email_key in (select decode(k, 'hex') from unnest(%(keys)s::text[]) k)
