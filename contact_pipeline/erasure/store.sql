-- step: allow
select audit.begin_erasing()

-- step: contacts_of
-- By number or by key: as first address or number, or as a further one.
select c.id, c.public_id
from core.contacts c
join ( -- each part by its own index; one condition with `or` reads the whole table
    select id from core.contacts where id = any (%(ids)s)
    union select id from core.contacts where public_id = any (%(public_ids)s::uuid[])
    union select id from core.contacts where email_key = any (%(keys)s)
    union select id from core.contacts where phone_key = any (%(keys)s)
    union select contact_id from core.contact_points where email_key = any (%(keys)s)
    union select contact_id from core.contact_points where phone_key = any (%(keys)s)
) k on k.id = c.id
where c.deletion_completed is null
order by c.id

-- step: known_values
-- Every writing of what points to them, from every place that has one.
with fields as (
    select field, value from (
        select a.field, unnest(array[a.old_value, a.new_value]) as value
        from audit.changes a where a.contact_id = any (%(ids)s) and a.table_name = 'core.contacts'
        union all
        select h.field_name, unnest(array[h.old_value, h.new_value]) from core.enrichment_history h where h.contact_id = any (%(ids)s)
        union all
        select p.field_name, p.value from core.profile_claims p where p.contact_id = any (%(ids)s)
    ) f
), rows as (
    select r.* from core.contact_sources_ever cs
    join raw.landed_rows r on r.drop_key = cs.drop_key and r.row_number = cs.row_number
    where cs.contact_id = any (%(ids)s)
), contacts as (
    select * from core.contacts where id = any (%(ids)s)
), points as (
    select * from core.contact_points where contact_id = any (%(ids)s)
)
select distinct kind, value from (
    select 'email' as kind, email as value from contacts
    union all select 'phone', phone from contacts
    union all select 'number', phone_e164 from contacts
    union all select 'profile', linkedin_url from contacts
    union all select 'name', unnest(array[name, given_name, family_name]) from contacts
    union all select kind, value from points
    union all select 'number', phone_e164 from points
    union all select 'email', unnest(array_append(more_emails, email) || array[email_normalized]) from rows
    union all select 'phone', unnest(array_append(more_phones, phone)) from rows
    union all select 'profile', linkedin_url from rows
    union all select 'name', unnest(array[name, given_name, family_name]) from rows
    union all select 'email', email from core.email_validations where contact_id = any (%(ids)s)
    union all select 'phone', phone from core.phone_validations where contact_id = any (%(ids)s)
    union all select case field when 'linkedin_url' then 'profile' when 'given_name' then 'name' when 'family_name' then 'name'
        else field end, value
    from fields where field in ('email', 'phone', 'linkedin_url', 'name', 'given_name', 'family_name')
    union all select kind, v from (
        select case when position('@' in coalesce(old_value, new_value)) > 0 then 'email' else 'phone' end as kind,
            unnest(array[old_value, new_value]) as v
        from audit.changes where contact_id = any (%(ids)s) and table_name = 'core.contact_points' and field = 'value'
    ) p
) v where value is not null and value <> ''

-- step: blank_rows
update raw.landed_rows r set outcome = 'erased', record_id = null, name = null, given_name = null, family_name = null,
    email = null, more_emails = null, phone = null, more_phones = null, company = null, title = null, linkedin_url = null,
    location = null, country = null, confidence = null, claims = null, restrictions = null, extra = null, repairs = null,
    email_normalized = null
from doomed d where r.drop_key = d.drop_key and r.row_number = d.row_number

-- step: forget_quarantine
delete from raw.quarantined_rows q using doomed d where q.drop_key = d.drop_key and q.row_number = d.row_number

-- step: keep_the_books
update raw.drops d set rows_loaded = d.rows_loaded - e.loaded, rows_merged = d.rows_merged - e.merged,
    rows_quarantined = d.rows_quarantined - e.quarantined, rows_erased = d.rows_erased + e.erased
from (
    select drop_key, count(*) filter (where outcome = 'loaded') as loaded, count(*) filter (where outcome = 'merged') as merged,
        count(*) filter (where outcome = 'quarantined') as quarantined, count(*) as erased
    from doomed group by drop_key
) e where d.key = e.drop_key

-- step: doomed_drops
select drop_key, array_agg(row_number order by row_number) as numbers from doomed group by drop_key order by drop_key

-- step: forget_shared_answers
-- Answers that are about others, too (a switchboard's number), are theirs; the rest goes with the questions.
delete from core.provider_answers a using core.profile_questions q
where q.contact_id = any (%(ids)s) and a.subject_key = q.subject_key
    and not exists (select from core.profile_questions o where o.subject_key = q.subject_key and not o.contact_id = any (%(ids)s))

-- step: unlink_calls
-- What was paid stays, about nobody: a random number takes the place of the hash.
update ops.provider_calls set subject_key = decode(replace(gen_random_uuid()::text, '-', ''), 'hex'), facts = null, reference = null
where subject_key in (select decode(k, 'hex') from unnest(%(hex_keys)s::text[]) k)
    or subject_key in (select q.subject_key from core.profile_questions q where q.contact_id = any (%(ids)s)
        and not exists (select from core.profile_questions o where o.subject_key = q.subject_key and not o.contact_id = any (%(ids)s)))

-- step: forget_restrictions
delete from core.awaited_restrictions where encode(subject_key, 'hex') = any (%(hex_keys)s::text[])

-- step: forget_events
-- What senders told of them. That something came stays, without a value; what still waits says nothing of anybody then.
update ops.inbound_events set body = null, subject_key = null
where subject_key in (select decode(k, 'hex') from unnest(%(hex_keys)s::text[]) k)

-- step: forget_senders
-- Whoever is still with a sender is taken off there by the comparison of the night, which knows the erased keys.
delete from ops.esp_bases where email_key in (select decode(k, 'hex') from unnest(%(hex_keys)s::text[]) k)

-- step: unlink_retractions
-- That somebody took an opt-out back, and why, stays; whose it was does not.
update audit.retractions set subject_key = decode(replace(gen_random_uuid()::text, '-', ''), 'hex')
where encode(subject_key, 'hex') = any (%(hex_keys)s::text[])

-- step: blank_sources
update core.contact_sources set record_id = null, row_key = null where contact_id = any (%(ids)s)

-- step: blank_requests
-- What was to be corrected or frozen is gone; a request to see it stays open and is answered with what is left.
update ops.subject_requests set details = null,
    state = case when state = 'open' and kind in ('rectify', 'restrict') then 'done' else state end,
    outcome = case when state = 'open' and kind in ('rectify', 'restrict') then 'the person was erased' else outcome end,
    closed_at = case when state = 'open' and kind in ('rectify', 'restrict') then %(now)s else closed_at end,
    closed_by = case when state = 'open' and kind in ('rectify', 'restrict') then %(actor)s else closed_by end
where (contact_id = any (%(ids)s) or encode(subject_key, 'hex') = any (%(hex_keys)s::text[]))
    and (details is not null or state = 'open' and kind in ('rectify', 'restrict'))

-- step: blank_audit
-- That something changed, when and by whom, stays.
update audit.changes set old_value = null, new_value = null
where contact_id = any (%(ids)s) and (old_value is not null or new_value is not null)

-- step: tables_on_contacts
-- Every table with a column that names a contact, and these columns.
select format('%%I.%%I', n.nspname, c.relname) as name, array_agg(a.attname::text order by a.attnum) as columns
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('raw', 'core', 'audit', 'ops') and c.relkind in ('r', 'p') and not a.attisdropped
    and a.attname in ('contact_id', 'other_contact_id')
group by 1 order by 1

-- step: columns_to_empty
select attname::text as name from pg_attribute
where attrelid = 'core.contacts'::regclass and attnum > 0 and not attisdropped and not attnotnull
