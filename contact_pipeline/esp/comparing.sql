-- A sender's whole list against ours. there: keys of everybody who is written to there.

-- step: create_there
create temporary table there (email_key bytea primary key) on commit preserve rows

-- step: note_there
insert into there select decode(k, 'hex') from unnest(%(keys)s::text[]) k on conflict do nothing

-- step: not_ours_to_write_to
-- Of these keys: who was sent from here, or is known here, or was closed or erased, and may not be written to for the
-- purpose. Whom we have never heard of is the sender's own and stays.
select k.key, b.public_id::text as contact_id,
    case when exists (select from core.erased_keys e where e.subject_key = k.email_key)
            and not exists (select from core.contacts c where c.email_key = k.email_key) then 'erased'
        when exists (select from core.suppressions s
            where s.subject_key = k.email_key and s.channel = 'email' and s.reason <> 'hard_bounce') then 'opted_out'
        when exists (select from core.purpose_suppressions s where s.subject_key = k.email_key and s.channel = 'email'
            and s.purpose = core.purpose_word(%(purpose)s)) then 'left_list'
        else 'no_longer' end as why
from (select t.key, decode(t.key, 'hex') as email_key from unnest(%(keys)s::text[]) t (key)) k
left join ops.esp_bases b on b.system = %(system)s and b.email_key = k.email_key
where (b.email_key is not null
        or exists (select from core.contacts c where c.email_key = k.email_key)
        or exists (select from core.contact_points p where p.email_key = k.email_key)
        or exists (select from core.suppressions s where s.subject_key = k.email_key and s.channel = 'email')
        or exists (select from core.purpose_suppressions s where s.subject_key = k.email_key and s.channel = 'email')
        or exists (select from core.erased_keys e where e.subject_key = k.email_key))
    and not exists (select from core.contacts c
        cross join lateral (select from curated.mailable_for(%(purpose)s) m where m.contact_id = c.public_id offset 0) m
        where c.email_key = k.email_key)

-- step: own
-- A row for whoever is taken off there and was not in our books.
insert into ops.esp_bases (system, email_key, public_id, state, is_member, sent_at)
select %(system)s, decode(k.key, 'hex'), c.public_id, 'sending', true, %(now)s
from unnest(%(keys)s::text[]) k (key)
left join lateral (select c.public_id from core.contacts c where c.email_key = decode(k.key, 'hex') limit 1) c on true
on conflict (system, email_key) do update set is_member = true

-- step: there_again
-- Closed, as far as we knew, and back by their own word: changes go there again, and so would an opt-out.
update ops.esp_bases b set state = 'sending', is_member = true, fields_key = null, reason = null
where b.system = %(system)s and not b.is_member and b.sent_at < %(begun)s
    and exists (select from there t where t.email_key = b.email_key)

-- step: send_again
-- Members in our books who are not there: the next push sends them, and hears why they are not.
update ops.esp_bases b set state = 'sending', fields_key = null
where b.system = %(system)s and b.state = 'sent' and b.sent_at < %(begun)s
    and not exists (select from there t where t.email_key = b.email_key)

-- step: gone
-- Nobody's address that is not there any more needs nobody to take it off.
update ops.esp_bases b set state = 'left', is_member = false, fields_key = null, taken_off = null
where b.system = %(system)s and b.is_member and b.sent_at < %(begun)s
    and not exists (select from there t where t.email_key = b.email_key)
    and not exists (select from core.contacts c where c.email_key = b.email_key)
    and not exists (select from core.contact_points p where p.email_key = b.email_key)

-- step: strangers
select count(*) as people from there t
where not exists (select from ops.esp_bases b where b.system = %(system)s and b.email_key = t.email_key)
    and not exists (select from core.contacts c where c.email_key = t.email_key)

-- step: note_comparison
insert into ops.esp_comparisons (system, compared_at, there, surplus, erased, missing, strangers)
values (%(system)s, %(begun)s, %(there)s, %(surplus)s, %(erased)s, %(missing)s, %(strangers)s)
on conflict do nothing

-- step: last_comparison
select compared_at, there, surplus, erased, missing, strangers from ops.esp_comparisons
where system = %(system)s order by compared_at desc limit 1
