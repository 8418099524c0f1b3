-- A contact's changes, and what it is now.

-- step: find
-- One index each: with `or` every row would be read.
select c.id, c.public_id, c.created_at from core.contacts c
where c.id in (
    select id from core.contacts where public_id = %(public_id)s::uuid union select %(number)s::bigint
    union select id from core.contacts where email_key = %(email_key)s
    union select contact_id from core.contact_points where email_key = %(email_key)s)
order by c.id

-- step: fields
select f.field, f.value from audit.row_texts('core.contacts', %(id)s) f

-- step: changes
select changed_at, table_name, field, old_value, new_value, changed_by, login, reason, run_id
from audit.changes where contact_id = %(id)s and (%(since)s::timestamptz is null or changed_at > %(since)s::timestamptz)
order by id

-- step: facts
-- What is appended and never changed: it is no row of audit.changes.
select f.* from (
    select r.recorded_at as at, 'consent' as fact, r.consent_type as channel, r.consent_source as said_by,
        case when r.withdrawn_date is null then 'given' else 'withdrawn' end as word
    from core.consent_records r where r.contact_id = %(id)s
    union all
    select distinct s.created_at, 'suppression', s.channel, s.source, s.reason
    from core.suppressions s
    where s.subject_key in (
        select c.email_key from core.contacts c where c.id = %(id)s union select c.phone_key from core.contacts c where c.id = %(id)s
        union select p.email_key from core.contact_points p where p.contact_id = %(id)s
        union select p.phone_key from core.contact_points p where p.contact_id = %(id)s)
) f
where %(since)s::timestamptz is null or f.at > %(since)s::timestamptz
order by f.at, f.fact, f.channel, f.word
