-- Which contacts are one person: they share a key that is one person's alone (an address, a profile, a mobile number).
-- Pairs only; whether a shared address is a function's or a household's is decided in people/person.py.

-- step: links
-- Every other contact that has an address (in any writing of its mailbox), a profile or a verified mobile number of these.
-- Plain joins over the list of ids, so that the planner knows how many there are: one person, or the opt-outs of a file.
with mine as materialized (
    select c.id, c.name, c.email, c.email_key, c.linkedin_url,
        case when c.phone_type = 'mobile' and c.phone_status = 'valid' then c.phone_key end as mobile_key
    from unnest(%(ids)s::bigint[]) f (id) join core.contacts c on c.id = f.id
), further as materialized (
    select m.id, m.name, p.value, p.email_key,
        case when p.phone_type = 'mobile' and p.status = 'valid' then p.phone_key end as mobile_key
    from mine m join core.contact_points p on p.contact_id = m.id
), addresses as materialized (
    select x.id, x.name, x.value, x.key, coalesce(a.canonical_key, x.key) as mailbox
    from (
        select id, name, email, email_key from mine where email_key is not null
        union
        select id, name, value, email_key from further where email_key is not null
    ) x (id, name, value, key) left join core.address_keys a on a.email_key = x.key
), writings as materialized ( -- every key by which the mailbox of one of these addresses may be known
    select id, name, value, key from addresses
    union
    select id, name, value, mailbox from addresses
    union
    select x.id, x.name, x.value, a.email_key from addresses x join core.address_keys a on a.canonical_key = x.mailbox
), mobiles as materialized (
    select id, name, mobile_key from mine where mobile_key is not null
    union
    select id, name, mobile_key from further where mobile_key is not null
), theirs as (
    select w.id, w.name, 'address' as kind, w.value, c.id as other_id
    from writings w join core.contacts c on c.email_key = w.key
    union
    select w.id, w.name, 'address', w.value, p.contact_id
    from writings w join core.contact_points p on p.email_key = w.key
    union
    select m.id, m.name, 'mobile', null, c.id
    from mobiles m join core.contacts c on c.phone_key = m.mobile_key and c.phone_type = 'mobile' and c.phone_status = 'valid'
    union
    select m.id, m.name, 'mobile', null, p.contact_id
    from mobiles m join core.contact_points p on p.phone_key = m.mobile_key and p.phone_type = 'mobile' and p.status = 'valid'
    union
    select m.id, m.name, 'profile', null, o.id
    from mine m join core.contacts o on o.linkedin_url = m.linkedin_url
)
select t.id, t.name, t.kind, t.value, o.id as other_id, o.public_id as other_public_id, o.name as other_name
from theirs t join core.contacts o on o.id = t.other_id
where t.other_id <> t.id and o.deletion_completed is null
order by t.id, o.id, t.kind

-- step: public_ids
select id, public_id from core.contacts where id = any (%(ids)s) order by id

-- step: links_of_drop
-- Contacts of a drop that share a mobile number or profile with another one. Not by address: a closed address is closed
-- for whoever has it, by its key.
select distinct c.id
from core.contacts c
where c.id in (select cs.contact_id from core.contact_sources cs where cs.drop_key = %(drop_key)s)
    and (c.phone_key is not null and c.phone_type = 'mobile' and c.phone_status = 'valid' and (
            exists (select from core.contacts o where o.phone_key = c.phone_key and o.id <> c.id)
            or exists (select from core.contact_points p where p.phone_key = c.phone_key and p.contact_id <> c.id))
        or c.linkedin_url is not null and exists (select from core.contacts o where o.linkedin_url = c.linkedin_url and o.id <> c.id))

-- step: touched
-- Whom the opt-outs of the drop that is being applied stop.
select contact_id as id from touched

-- step: holders
-- Who has one of these addresses or numbers, in any writing of the mailbox.
select distinct contact_id as id from (
    select c.id as contact_id from unnest(%(keys)s::bytea[]) k (key) cross join lateral core.mailbox_keys(k.key) m (key)
        join core.contacts c on c.email_key = m.key
    union all
    select p.contact_id from unnest(%(keys)s::bytea[]) k (key) cross join lateral core.mailbox_keys(k.key) m (key)
        join core.contact_points p on p.email_key = m.key
    union all
    select c.id from unnest(%(keys)s::bytea[]) k (key) join core.contacts c on c.phone_key = k.key
    union all
    select p.contact_id from unnest(%(keys)s::bytea[]) k (key) join core.contact_points p on p.phone_key = k.key
) h order by 1

-- step: create_members
-- persons[i] says which person contacts[i] is.
create temporary table person_members on commit drop as
select m.person, m.contact_id from unnest(%(persons)s::bigint[], %(contacts)s::bigint[]) m (person, contact_id)

-- step: create_keys
-- Every key of each person; is_shared: somebody has it, too, who is another person, so that only they decide about it.
create temporary table person_keys on commit drop as
select k.person, k.contact_id, k.channel, k.key,
    case k.channel when 'email' then
        exists (select from core.contacts o where o.email_key = k.key and not exists (
            select from person_members n where n.person = k.person and n.contact_id = o.id))
        or exists (select from core.contact_points o where o.email_key = k.key and not exists (
            select from person_members n where n.person = k.person and n.contact_id = o.contact_id))
    else
        exists (select from core.contacts o where o.phone_key = k.key and not exists (
            select from person_members n where n.person = k.person and n.contact_id = o.id))
        or exists (select from core.contact_points o where o.phone_key = k.key and not exists (
            select from person_members n where n.person = k.person and n.contact_id = o.contact_id))
    end as is_shared
from (
    select m.person, m.contact_id, 'email' as channel, c.email_key as key from person_members m join core.contacts c on c.id = m.contact_id
    union select m.person, m.contact_id, 'phone', c.phone_key from person_members m join core.contacts c on c.id = m.contact_id
    union select m.person, m.contact_id, 'email', p.email_key from person_members m join core.contact_points p on p.contact_id = m.contact_id
    union select m.person, m.contact_id, 'phone', p.phone_key from person_members m join core.contact_points p on p.contact_id = m.contact_id
) k where k.key is not null

-- step: close_everywhere
-- What one contact of a person said, and has not reopened since, holds for every key of the person: also for the address
-- of another contact, and for further ones. A dead address is no word of theirs; an erased person has no other contact.
insert into core.suppressions (subject_key, canonical_key, channel, reason, source, acted_at, received_at, created_at, recorded_by,
    last_said_at)
select k.key, case k.channel when 'email' then core.canonical_key(k.key) end, k.channel, w.reason, w.source, min(w.acted_at),
    min(w.received_at), %(now)s, %(actor)s, max(w.last_said_at)
from (
    select k.person, s.channel, s.reason, s.source, s.acted_at, s.received_at, s.last_said_at
    from person_keys k
    join core.suppressions s on s.channel = k.channel and (s.subject_key = k.key or s.canonical_key = k.key
        or k.channel = 'email' and s.canonical_key = core.canonical_key(k.key))
    where s.reason not in ('hard_bounce', 'erased') and not exists (
        select from core.consent_records r where r.contact_id = k.contact_id and r.consent_type in (s.channel, 'any')
            and core.is_opt_in(r) and core.is_reopened(s.reason, s.last_said_at, r.consent_date))
    union all
    select m.person, f.channel, 'opt_out', 'contact', null, f.closed_at, f.closed_at
    from person_members m join core.contacts c on c.id = m.contact_id
    cross join lateral (values ('email', core.has_left(c), c.email_closed_at), ('phone', c.suppress_phone, c.phone_closed_at))
        f (channel, is_closed, closed_at)
    where f.is_closed and f.closed_at is not null
        and not exists (select from person_keys k join core.suppressions s on s.channel = k.channel
            and (s.subject_key = k.key or s.canonical_key = core.canonical_key(k.key))
            where k.person = m.person and k.channel = f.channel and s.last_said_at >= f.closed_at)
        and not exists (
        select from core.consent_records r where r.contact_id = m.contact_id and r.consent_type in (f.channel, 'any')
            and core.is_opt_in(r) and core.is_reopened('flag', f.closed_at, r.consent_date))
) w
join person_keys k on k.person = w.person and k.channel = w.channel and not k.is_shared
where not exists (select from core.suppressions o where o.channel = k.channel and o.reason = w.reason
    and o.last_said_at >= w.last_said_at and (w.acted_at is null or o.acted_at <= w.acted_at)
    and (o.subject_key = k.key or k.channel = 'email' and o.canonical_key = core.canonical_key(k.key)))
group by k.key, k.channel, w.reason, w.source
order by k.key, k.channel, w.reason, w.source
on conflict (subject_key, channel, reason, source) do update
set last_said_at = greatest(core.suppressions.last_said_at, excluded.last_said_at),
    acted_at = least(core.suppressions.acted_at, excluded.acted_at)
returning subject_key as subject, canonical_key, channel, reason, source, acted_at, received_at, last_said_at as said_at

-- step: leave_everywhere
-- The same for single lists that a contact of the person left.
insert into core.purpose_suppressions (subject_key, canonical_key, channel, purpose, reason, source, acted_at, received_at,
    created_at, recorded_by, last_said_at)
select k.key, case k.channel when 'email' then core.canonical_key(k.key) end, k.channel, w.purpose, min(w.reason), w.source,
    min(w.acted_at), min(w.received_at), %(now)s, %(actor)s, max(w.last_said_at)
from (
    select k.person, s.*
    from person_keys k
    join core.purpose_suppressions s on s.channel = k.channel and (s.subject_key = k.key or s.canonical_key = k.key
        or k.channel = 'email' and s.canonical_key = core.canonical_key(k.key))
    where s.reason <> 'erased' and not exists (
        select from core.consent_records r where r.contact_id = k.contact_id and r.consent_type in (s.channel, 'any')
            and core.is_opt_in(r) and r.consent_date > s.last_said_at
            and coalesce(core.purpose_word(r.purpose), s.purpose) = s.purpose)
) w
join person_keys k on k.person = w.person and k.channel = w.channel and not k.is_shared
where not exists (select from core.purpose_suppressions o where o.channel = k.channel and o.purpose = w.purpose
    and o.last_said_at >= w.last_said_at and (w.acted_at is null or o.acted_at <= w.acted_at)
    and (o.subject_key = k.key or k.channel = 'email' and o.canonical_key = core.canonical_key(k.key)))
group by k.key, k.channel, w.purpose, w.source
order by k.key, k.channel, w.purpose, w.source
on conflict (subject_key, channel, purpose, source) do update
set last_said_at = greatest(core.purpose_suppressions.last_said_at, excluded.last_said_at),
    acted_at = least(core.purpose_suppressions.acted_at, excluded.acted_at)
returning subject_key as subject, canonical_key, channel, purpose, reason, source, acted_at, received_at, last_said_at as said_at

-- step: restrict_everywhere
update core.contacts c set processing_restricted = true
from person_members m
where c.id = m.contact_id and not c.processing_restricted and exists (
    select from person_members n join core.contacts o on o.id = n.contact_id
    where n.person = m.person and o.processing_restricted)

-- step: forbid
-- Takes permissions and gives none.
update core.contacts c set can_email = c.can_email and p.email_reason = 'allowed', can_call = c.can_call and p.phone_reason = 'allowed'
from core.contact_permissions p
where p.contact_id = c.id and c.id in (select contact_id from person_members)
    and (c.can_email and p.email_reason <> 'allowed' or c.can_call and p.phone_reason <> 'allowed')

-- step: forget_members
drop table if exists person_members, person_keys
