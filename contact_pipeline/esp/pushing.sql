-- Whom a sender is sent, and whom it is told to leave alone.

-- step: mailable
-- Everybody who may be written to for the purpose, with what was sent of them; of several with one address the first.
-- Read by a cursor of the server.
select distinct on (c.email_key) c.id, encode(c.email_key, 'hex') as key, m.email, m.contact_id::text as contact_id, m.name, m.given_name, m.family_name,
    m.company, m.company_domain, m.title, m.phone_e164, m.linkedin_url, m.location, m.country,
    b.state, b.sent_at, encode(b.fields_key, 'hex') as fields_key
from curated.mailable_for(%(purpose)s) m
join core.contacts c on c.public_id = m.contact_id
left join ops.esp_bases b on b.system = %(system)s and b.email_key = c.email_key
where c.email_key is not null
order by c.email_key, c.id

-- step: still_mailable
-- Looked at again just before it is sent: between the two somebody may have left.
select c.id, encode(c.email_key, 'hex') as key, m.email, m.contact_id::text as contact_id, m.name, m.given_name, m.family_name,
    m.company, m.company_domain, m.title, m.phone_e164, m.linkedin_url, m.location, m.country
from curated.mailable_for(%(purpose)s) m
join core.contacts c on c.public_id = m.contact_id
where c.id = any (%(ids)s)
order by c.id

-- step: mark_sending
insert into ops.esp_bases (system, email_key, public_id, state, is_member, sent_at)
select %(system)s, decode(k.key, 'hex'), k.public_id, 'sending', true, %(now)s
from unnest(%(keys)s::text[], %(contacts)s::uuid[]) k (key, public_id)
order by 2
on conflict (system, email_key) do update
set state = 'sending', is_member = true, public_id = excluded.public_id, sent_at = excluded.sent_at, reason = null

-- step: record
update ops.esp_bases b set state = k.state, is_member = k.state not in ('left', 'closed', 'forgotten'),
    fields_key = decode(nullif(k.fields_key, ''), 'hex'), reason = nullif(k.reason, ''), taken_off = nullif(k.taken_off, ''),
    sent_at = %(now)s
from unnest(%(keys)s::text[], %(states)s::text[], %(reasons)s::text[], %(lists)s::text[], %(fields_keys)s::text[])
    k (key, state, reason, taken_off, fields_key)
where b.system = %(system)s and b.email_key = decode(k.key, 'hex')

-- step: leavers
-- Who may be written to there and may not here. only_closed: those whom a flag or a suppression names, which is quick and
-- finds every opt-out; the rest (time has ended a ground, a verdict has decayed) is found by asking the rule of everybody.
-- An address that no contact has any more cannot be named there: the comparison of the night finds it by the other side.
select encode(b.email_key, 'hex') as key, b.public_id::text as contact_id, a.email,
    case when o.has_left then 'opted_out' when l.has_left then 'left_list' else 'no_longer' end as why
from ops.esp_bases b
cross join lateral (
    select c.email from core.contacts c where c.email_key = b.email_key and c.email is not null
    union all
    select p.value from core.contact_points p where p.email_key = b.email_key and p.kind = 'email'
    limit 1
) a
cross join lateral (select exists (select from core.suppressions s
    where s.subject_key = b.email_key and s.channel = 'email' and s.reason <> 'hard_bounce') as has_left) o
cross join lateral (select exists (select from core.purpose_suppressions s
    where s.subject_key = b.email_key and s.channel = 'email' and s.purpose = core.purpose_word(%(purpose)s)) as has_left) l
where b.system = %(system)s and b.is_member and b.email_key > decode(%(after)s, 'hex')
    and (not %(only_closed)s or o.has_left or l.has_left
        or exists (select from core.contacts c where c.email_key = b.email_key and not c.can_email))
    and not exists (select from core.contacts c
        cross join lateral (select from curated.mailable_for(%(purpose)s) m where m.contact_id = c.public_id offset 0) m
        where c.email_key = b.email_key)
order by b.email_key limit %(most)s

-- step: unnamed
-- Members of whom no contact has the address any more.
select count(*) as people from ops.esp_bases b
where b.system = %(system)s and b.is_member
    and not exists (select from core.contacts c where c.email_key = b.email_key)
    and not exists (select from core.contact_points p where p.email_key = b.email_key)

-- step: stands
select state, count(*) as people from ops.esp_bases where system = %(system)s group by state order by state
