-- Everything about some contacts goes; what keeps the books (that a row came, that a field changed, what was paid) stays
-- without a value. `ids`: internal ids. Which tables hang on a contact is read from the catalogue (store.py).

-- step: wait_for_landings
-- A landing that reads the erased keys after this sees them; one that read them before has committed its rows.
select pg_advisory_xact_lock(hashtext('contact_pipeline.erased_keys'))

-- step: remember_keys
insert into core.erased_keys (subject_key, erased_at)
select distinct decode(k, 'hex'), %(now)s::timestamptz from unnest(%(hex_keys)s::text[]) k
on conflict do nothing

-- step: take_back_withdrawn
-- What was rolled back is erased with the rest.
with back as (delete from core.withdrawn_sources where contact_id = any (%(ids)s) returning *)
insert into core.contact_sources select * from back

-- step: create_doomed
create temporary table doomed on commit drop as
select r.drop_key, r.row_number, r.outcome
from core.contact_sources_ever cs
join raw.landed_rows r on r.drop_key = cs.drop_key and r.row_number = cs.row_number
where cs.contact_id = any (%(ids)s) and r.outcome is distinct from 'erased'

-- step: erased_drops
-- After a crash: every file that may still hold a row that its table has lost.
select r.drop_key, array_agg(r.row_number order by r.row_number) as numbers
from raw.landed_rows r join raw.drops d on d.key = r.drop_key and d.rows_erased > 0
where r.outcome = 'erased' group by r.drop_key order by r.drop_key

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

-- step: open_erasure
-- A database restored from a backup may not know the request.
insert into ops.erasures (id, request_id, reason, began_at)
values (%(id)s, (select r.id from ops.subject_requests r where r.reference = %(reference)s and r.kind = 'erase'), %(reason)s,
    %(began_at)s)
on conflict (id) do nothing

-- step: note_erased
update ops.erasures set erased_at = coalesce(erased_at, %(now)s) where id = %(id)s

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

-- step: failed_lately
select exists (select from ops.alerts where fingerprint = %(fingerprint)s and closed_at is null
    and opened_at > now() - interval '1 hour') as is_so
