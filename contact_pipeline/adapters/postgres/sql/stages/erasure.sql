-- Everything about some contacts goes; what keeps the books (that a row came, that a field changed, what was paid) stays
-- without a value. `ids`: internal ids. Which tables hang on a contact is read from the catalogue (erasure_store.py).

-- step: wait_for_landings
-- A landing that reads the erased keys after this sees them; one that read them before has committed its rows.
select pg_advisory_xact_lock(hashtext('contact_pipeline.erased_keys'))

-- step: landing_begins
select pg_advisory_xact_lock_shared(hashtext('contact_pipeline.erased_keys'))

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
    select r.* from core.contact_sources cs
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

-- step: known_records
-- Record ids and keys of rows of theirs that no other contact has.
select distinct cs.source, cs.record_id, cs.row_key from core.contact_sources cs
where cs.contact_id = any (%(ids)s) and (cs.record_id is not null or cs.row_key is not null)
    and not exists (select from core.contact_sources o where o.source = cs.source and o.record_id = cs.record_id
        and not o.contact_id = any (%(ids)s))
    and not exists (select from core.contact_sources o where o.source = cs.source and o.row_key = cs.row_key
        and not o.contact_id = any (%(ids)s))

-- step: shared_profiles
select distinct u.url from unnest(%(urls)s::text[]) u (url)
where exists (select from core.contacts c where c.linkedin_url = u.url and not c.id = any (%(ids)s))

-- step: known_keys
select k.key, k.channel from (
    select email_key as key, 'email' as channel from core.contacts where id = any (%(ids)s)
    union select phone_key, 'phone' from core.contacts where id = any (%(ids)s)
    union select email_key, 'email' from core.contact_points where contact_id = any (%(ids)s)
    union select phone_key, 'phone' from core.contact_points where contact_id = any (%(ids)s)
) k where k.key is not null

-- step: shared_keys
-- Those that somebody has who stays: a switchboard must not be closed for all.
select k.hex from unnest(%(hex_keys)s::text[], %(channels)s::text[]) k (hex, channel)
cross join lateral (select decode(k.hex, 'hex') as key offset 0) d
where case k.channel
    when 'email' then exists (select from core.contacts c where c.email_key = d.key and not c.id = any (%(ids)s))
        or exists (select from core.contact_points p where p.email_key = d.key and not p.contact_id = any (%(ids)s))
        or exists (select from core.address_keys a join core.contacts c on c.email_key = a.email_key
            where a.canonical_key = d.key and not c.id = any (%(ids)s))
        or exists (select from core.address_keys a join core.contact_points p on p.email_key = a.email_key
            where a.canonical_key = d.key and not p.contact_id = any (%(ids)s))
    else exists (select from core.contacts c where c.phone_key = d.key and not c.id = any (%(ids)s))
        or exists (select from core.contact_points p where p.phone_key = d.key and not p.contact_id = any (%(ids)s))
    end

-- step: known_regions
-- By which their numbers may have been read: a number without a country code is another one in another country.
select distinct region from (
    select unnest(array[country, phone_country]) as region from core.contacts where id = any (%(ids)s)
    union all
    select unnest(array[r.country, s.default_region])
    from core.contact_sources cs
    join raw.landed_rows r on r.drop_key = cs.drop_key and r.row_number = cs.row_number
    left join core.sources s on s.name = cs.source
    where cs.contact_id = any (%(ids)s)
) x where region is not null

-- step: remember_keys
insert into core.erased_keys (subject_key, erased_at)
select distinct decode(k, 'hex'), %(now)s::timestamptz from unnest(%(hex_keys)s::text[]) k
on conflict do nothing

-- step: create_doomed
create temporary table doomed on commit drop as
select r.drop_key, r.row_number, r.outcome
from core.contact_sources cs
join raw.landed_rows r on r.drop_key = cs.drop_key and r.row_number = cs.row_number
where cs.contact_id = any (%(ids)s) and r.outcome is distinct from 'erased'

-- step: loose_rows
-- Rows that are tied to nobody: quarantined, waiting in a held drop, of a file of opt-outs, or of a contact that was
-- deleted by hand. Of these, all that may be theirs (`is_known`: there is something to look for); the rule of landing
-- decides (people/erased.py).
select d.source, r.drop_key, r.row_number, r.record_id, r.name, r.given_name, r.family_name, r.email, r.more_emails, r.phone,
    r.more_phones, r.company, r.title, r.linkedin_url, r.location, r.country, r.extra::text as extra
from raw.landed_rows r join raw.drops d on d.key = r.drop_key
where (r.contact_id is null or not exists (select from core.contacts c where c.id = r.contact_id))
    and r.outcome is distinct from 'erased'
    and (not %(is_known)s or r.record_id = any (%(records)s)
        or regexp_replace(concat_ws(' ', r.phone, array_to_string(r.more_phones, ' ')), '[^0-9]', '', 'g') like any (%(tails)s)
        or lower(concat_ws(E'\x1f', r.name, r.given_name, r.family_name, r.email, r.email_normalized,
            array_to_string(r.more_emails, E'\x1f'), r.linkedin_url, r.extra::text)) like any (%(likes)s))
order by d.source, r.drop_key, r.row_number

-- step: doom_loose
insert into doomed select r.drop_key, r.row_number, r.outcome
from unnest(%(drops)s::text[], %(numbers)s::bigint[]) k (drop_key, row_number)
join raw.landed_rows r on r.drop_key = k.drop_key and r.row_number = k.row_number

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

-- step: erased_drops
-- After a crash: every file that may still hold a row that its table has lost.
select r.drop_key, array_agg(r.row_number order by r.row_number) as numbers
from raw.landed_rows r join raw.drops d on d.key = r.drop_key and d.rows_erased > 0
where r.outcome = 'erased' group by r.drop_key order by r.drop_key

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

-- step: suppress
insert into core.suppressions (subject_key, canonical_key, channel, reason, source, received_at, created_at, last_said_at, recorded_by)
select d.key, case k.channel when 'email' then core.canonical_key(d.key) end, k.channel, 'erased', 'erasure',
    %(now)s, %(now)s, %(now)s, %(actor)s
from unnest(%(hex_keys)s::text[], %(channels)s::text[]) k (key, channel)
cross join lateral (select decode(k.key, 'hex') as key) d
order by 1, 3
on conflict (subject_key, channel, reason, source) do nothing

-- step: forget_address_keys
-- Which writings were one mailbox, after the suppressions have learned it.
delete from core.address_keys where email_key in (select decode(k, 'hex') from unnest(%(hex_keys)s::text[]) k)

-- step: blank_audit
-- That something changed, when and by whom, stays.
update audit.changes set old_value = null, new_value = null
where contact_id = any (%(ids)s) and (old_value is not null or new_value is not null)

-- step: open_erasure
-- A database restored from a backup may not know the request.
insert into ops.erasures (id, request_id, reason, began_at)
values (%(id)s, (select r.id from ops.subject_requests r where r.reference = %(reference)s and r.kind = 'erase'), %(reason)s,
    %(began_at)s)
on conflict (id) do nothing

-- step: note_erased
update ops.erasures set erased_at = coalesce(erased_at, %(now)s) where id = %(id)s

-- step: note_scanned
update ops.erasures set scanned_at = %(now)s, findings = %(findings)s, certificate = %(certificate)s::jsonb where id = %(id)s

-- step: note_scrubbed
update ops.erasures set scrubbed_at = %(now)s, findings = %(findings)s, certificate = %(certificate)s::jsonb where id = %(id)s

-- step: close_request
update ops.subject_requests set state = 'done', outcome = %(outcome)s, closed_at = %(now)s, closed_by = %(actor)s, details = null
where reference = %(reference)s and kind = 'erase' and state = 'open'
    and (encode(subject_key, 'hex') = any (%(hex_keys)s::text[])
        or contact_id in (select id from core.contacts where public_id = any (%(public_ids)s::uuid[])))

-- step: exports_of
-- Requests of the same people: what was disclosed to them is kept under the request's number.
select reference from ops.subject_requests
where contact_id = any (%(ids)s) or contact_ids && %(ids)s::bigint[] or encode(subject_key, 'hex') = any (%(hex_keys)s::text[])

-- step: done_erasures
select id from ops.erasures where erased_at is not null

-- step: count_keys
select count(*) as keys from core.erased_keys

-- step: take_turn
select pg_advisory_lock(hashtext('contact_pipeline.erasure'))

-- step: try_turn
select pg_try_advisory_lock(hashtext('contact_pipeline.erasure')) as is_ours

-- step: proof_contacts
select id from core.contacts where public_id = any (%(public_ids)s::uuid[])

-- step: erased_rows
-- Rows of these contacts, and loose ones of drops that hold any: how many are gone.
select count(*) as rows from raw.landed_rows r
join core.contact_sources cs on cs.drop_key = r.drop_key and cs.row_number = r.row_number
where cs.contact_id = any (%(ids)s) and r.outcome = 'erased'

-- step: owners
-- Whose the rows of one drop are; a row that nobody has is missing.
select r.row_number, c.id as contact_id from raw.landed_rows r join core.contacts c on c.id = r.contact_id
where r.drop_key = %(drop_key)s and r.row_number = any (%(numbers)s)

-- step: certificate
select certificate from ops.erasures where id = %(id)s

-- step: rewritten_tables
-- Every table of ours that erasing may have changed, Dagster's among them.
select format('%%I.%%I', n.nspname, c.relname) as name
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('raw', 'core', 'audit', 'ops', 'dagster') and c.relkind = 'r'
    and pg_has_role(current_user, c.relowner, 'USAGE') -- of others' tables VACUUM only warns
order by 1

-- step: switch_wal
select pg_switch_wal()

-- step: erased_keys
select subject_key from core.erased_keys

-- step: count_erasures
select count(*) as erasures from ops.erasures where erased_at is not null

-- step: forget_judged
-- Verdicts that a stage is about to write, of contacts that were erased while it asked.
delete from judged j using due d join core.contacts c on c.id = d.contact_id
where d.n = j.n and c.deletion_completed is not null

-- step: notice_overdue
-- The warning period counts from the first time that somebody could see it.
insert into core.retention_notices (contact_id, noticed_at)
select c.id, %(now)s from curated.retention_due d join core.contacts c on c.public_id = d.contact_id
on conflict do nothing

-- step: forget_notices
-- A new ground has come.
delete from core.retention_notices n
where not exists (select from curated.retention_due d join core.contacts c on c.public_id = d.contact_id where c.id = n.contact_id)

-- step: overdue
-- Ended, and announced for as long as the policy says.
select d.contact_id from curated.retention_due d
join core.contacts c on c.public_id = d.contact_id
join core.retention_notices n on n.contact_id = c.id
where d.ends_at <= %(now)s and n.noticed_at <= %(now)s - make_interval(days => %(warning_days)s)
    and not core.stays_for_now(c)
order by d.ends_at, c.id limit %(limit)s

-- step: forget_domains
-- A domain may be a person's own; who else has it is asked again when it is due.
delete from ops.domains where domain = any (%(domains)s)

-- step: forget_catch_alls
delete from ops.catch_all_domains where domain = any (%(domains)s)

-- step: file_names
select key, file_name from raw.drops where key = any (%(drops)s)

-- step: rename_file
update raw.drops set file_name = %(file_name)s where key = %(drop_key)s

-- step: gone_contacts
-- Deleted by hand, and known by their rows only: what the audit says of them goes, too.
select distinct r.contact_id as id from doomed d
join raw.landed_rows r on r.drop_key = d.drop_key and r.row_number = d.row_number
where r.contact_id is not null and not exists (select from core.contacts c where c.id = r.contact_id)

-- step: still_due
-- A crash, or the batches before, may have taken long: who was frozen or asked for something since stays.
select c.id, c.public_id from core.contacts c
join curated.retention_due d on d.contact_id = c.public_id and d.ends_at <= %(now)s
where c.public_id = any (%(public_ids)s::uuid[]) and c.deletion_completed is null and not core.stays_for_now(c)
order by c.id

-- step: await_disclosures
-- Whoever is writing a ZIP now holds its request; afterwards its row says whom it was about.
select id from ops.subject_requests where kind in ('access', 'export') and state = 'open' order by id for update

-- step: free_words
-- What our people wrote about their requests; a name in it stays in nobody's view.
select id, identity_check, extension_reason, outcome from ops.subject_requests
where contact_id = any (%(ids)s) or contact_ids && %(ids)s::bigint[] or encode(subject_key, 'hex') = any (%(hex_keys)s::text[])

-- step: reword_request
update ops.subject_requests set identity_check = %(identity_check)s, extension_reason = %(extension_reason)s, outcome = %(outcome)s
where id = %(id)s

-- step: lock_archive
-- One writer of an archived file at a time; held until the end of the transaction.
select pg_advisory_xact_lock(hashtext('contact_pipeline.archive'), hashtext(%(drop_key)s))

-- step: failed_lately
select exists (select from ops.alerts where fingerprint = %(fingerprint)s and closed_at is null
    and opened_at > now() - interval '1 hour') as is_so

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
