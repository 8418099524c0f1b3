-- step: lock_mark
-- Whoever wrote just before commits first. A transaction that reads one snapshot cannot see that: the next start moves it.
select read_to from ops.ledger_files
where file = %(file)s and current_setting('transaction_isolation') = 'read committed' for update

-- step: move_mark
-- Only where nothing lies in between: what another process has promised there and not committed is still to be read.
insert into ops.ledger_files (file, read_to) select %(file)s, %(end)s
where current_setting('transaction_isolation') = 'read committed'
    and (%(start)s = 0 or exists (select from ops.ledger_files where file = %(file)s and read_to = %(start)s))
on conflict (file) do update set read_to = excluded.read_to where ops.ledger_files.read_to = %(start)s

-- step: request
-- As far as the ledger keeps it: what is keyed or of a list, no words.
select r.reference, r.kind as request, encode(r.subject_key, 'hex') as subject, r.channel, c.public_id::text as contact,
    r.received_at, r.due_at, r.extended_until, r.identity_check is not null as is_identified, r.state, r.closed_at,
    r.recorded_at, r.kind = 'restrict' and coalesce((r.details ->> 'lift')::boolean, false) as lifts
from ops.subject_requests r left join core.contacts c on c.id = r.contact_id where r.id = %(id)s

-- step: people_of_request
-- Whom it means, or meant, with the keys by which they are found where the database has forgotten them.
select c.public_id::text as contact,
    array(select encode(k, 'hex') from (select c.email_key union select email_key from core.contact_points where contact_id = c.id) x (k)
        where k is not null order by 1) as emails,
    array(select encode(k, 'hex') from (select c.phone_key union select phone_key from core.contact_points where contact_id = c.id) x (k)
        where k is not null order by 1) as phones
from ops.subject_requests r join core.contacts c on c.id = any (coalesce(r.contact_ids, array[r.contact_id]))
where r.id = %(id)s
order by c.id

-- step: has_awaited
select exists (select from core.awaited_restrictions) as has_awaited

-- step: restrict_awaited
-- The drop has brought somebody back; the restriction stands in the contact again.
with these as (
    select distinct contact_id from core.contact_sources where drop_key = %(drop_key)s
), met as (
    select c.id, a.subject_key, a.channel from these t join core.contacts c on c.id = t.contact_id
    join core.awaited_restrictions a on a.subject_key = case a.channel when 'email' then c.email_key else c.phone_key end
    union
    select p.contact_id, a.subject_key, a.channel from these t join core.contact_points p on p.contact_id = t.contact_id
    join core.awaited_restrictions a on a.subject_key = case a.channel when 'email' then p.email_key else p.phone_key end
), gone as (
    delete from core.awaited_restrictions a using met where a.subject_key = met.subject_key and a.channel = met.channel
)
update core.contacts c set processing_restricted = true, can_email = false, can_call = false
where c.id in (select id from met) and not c.processing_restricted
