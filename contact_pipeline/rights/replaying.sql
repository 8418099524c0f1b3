-- Facts for the ledger outside the database, and from it into a database that lacks them. Doing a step twice changes
-- nothing; each returns how many rows it changed, and no step undoes what is known of a later time.

-- step: marks
select file, read_to from ops.ledger_files

-- step: set_marks
insert into ops.ledger_files (file, read_to) select * from unnest(%(files)s::text[], %(ends)s::bigint[])
on conflict (file) do update set read_to = excluded.read_to

-- step: take_turn
select pg_advisory_lock(hashtext('contact_pipeline.ledger'))

-- step: close_old_alert
-- A person has had time to see it.
update ops.alerts set closed_at = now() where rule = %(rule)s and closed_at is null and opened_at < now() - interval '7 days'

-- step: suppress
-- A reason or source that was somebody's own words is not in the ledger (is_exact: it is): such a row is known where any
-- row says as much.
insert into core.suppressions (
    subject_key, channel, reason, source, acted_at, received_at, created_at, recorded_by, last_said_at, canonical_key)
select distinct on (1, 2, 3, 4) decode(r.subject, 'hex'), r.channel, r.reason, r.source, r.acted_at, r.received_at, r.created_at,
    'ledger', r.said_at, decode(r.mailbox, 'hex')
from jsonb_to_recordset(%(rows)s::jsonb) as r (subject text, mailbox text, channel text, reason text, source text, acted_at timestamptz,
    received_at timestamptz, created_at timestamptz, said_at timestamptz, is_exact boolean, purpose text)
where r.purpose is null and (r.is_exact or not exists (select from core.suppressions k where k.subject_key = decode(r.subject, 'hex')
    and k.channel = r.channel and core.may_reopen(k.reason) and k.last_said_at >= r.said_at))
order by 1, 2, 3, 4, r.said_at desc, r.acted_at
on conflict (subject_key, channel, reason, source) do update set last_said_at = excluded.last_said_at
where excluded.last_said_at > core.suppressions.last_said_at

-- step: leave_lists
-- The same for single purposes of a channel.
insert into core.purpose_suppressions (
    subject_key, channel, purpose, reason, source, acted_at, received_at, created_at, recorded_by, last_said_at, canonical_key)
select distinct on (1, 2, 3, 5) decode(r.subject, 'hex'), r.channel, core.purpose_word(r.purpose), r.reason, r.source, r.acted_at, r.received_at,
    r.created_at, 'ledger', r.said_at, decode(r.mailbox, 'hex')
from jsonb_to_recordset(%(rows)s::jsonb) as r (subject text, mailbox text, channel text, reason text, source text, acted_at timestamptz,
    received_at timestamptz, created_at timestamptz, said_at timestamptz, purpose text)
where core.purpose_word(r.purpose) is not null
order by 1, 2, 3, 5, r.said_at desc, r.acted_at
on conflict (subject_key, channel, purpose, source) do update set last_said_at = excluded.last_said_at
where excluded.last_said_at > core.purpose_suppressions.last_said_at

-- step: to_close
-- Contacts that are not closed as of then or later. A flag without a time was set by hand: nothing is later.
select c.id from core.contacts c
where c.public_id = any (%(contacts)s::uuid[]) and c.deletion_completed is null
    and case %(channel)s when 'email' then not core.has_left(c) or c.email_closed_at < %(said_at)s
        else not c.suppress_phone or c.phone_closed_at < %(said_at)s end
order by c.id

-- step: find_request
select id, kind, state from ops.subject_requests where reference = %(reference)s for update

-- step: contact
select id from core.contacts where public_id = %(contact)s::uuid and deletion_completed is null

-- step: bring_request
insert into ops.subject_requests (reference, kind, subject_key, channel, contact_id, received_at, due_at, details, recorded_by,
    recorded_at)
values (%(reference)s, %(request)s, decode(%(subject)s, 'hex'), %(channel)s, %(contact_id)s, %(received_at)s, %(due_at)s,
    case when %(request)s = 'restrict' then jsonb_build_object('lift', %(lifts)s::boolean) end, 'ledger', %(recorded_at)s)
on conflict (reference) do nothing

-- step: go_on_with_request
update ops.subject_requests r set extended_until = %(extended_until)s, extension_reason = coalesce(r.extension_reason, 'not in the ledger')
where r.reference = %(reference)s and r.kind = %(request)s
    and coalesce(r.extended_until, '-infinity') < %(extended_until)s::timestamptz

-- step: identify_request
update ops.subject_requests r set identity_check = 'checked; how is not in the ledger'
where r.reference = %(reference)s and r.kind = %(request)s and r.identity_check is null and r.state = 'open'

-- step: close_request
update ops.subject_requests r set state = %(state)s, closed_at = %(closed_at)s, closed_by = 'ledger', details = null,
    outcome = %(state)s || '; the words are not in the ledger', contact_ids = %(ids)s::bigint[]
where r.reference = %(reference)s and r.kind = %(request)s and r.state = 'open'

-- step: contacts_by_keys
select c.id from core.contacts c where c.deletion_completed is null and (
    c.email_key in (select decode(k, 'hex') from unnest(%(emails)s::text[]) k)
    or c.phone_key in (select decode(k, 'hex') from unnest(%(phones)s::text[]) k)
    or c.id in (select p.contact_id from core.contact_points p
        where p.email_key in (select decode(k, 'hex') from unnest(%(emails)s::text[]) k)
            or p.phone_key in (select decode(k, 'hex') from unnest(%(phones)s::text[]) k)))
order by c.id

-- step: await_restriction
insert into core.awaited_restrictions (subject_key, channel, restricted_at)
select decode(k, 'hex'), 'email', %(closed_at)s::timestamptz from unnest(%(emails)s::text[]) k
union all select decode(k, 'hex'), 'phone', %(closed_at)s from unnest(%(phones)s::text[]) k
on conflict do nothing

-- step: stop_awaiting
delete from core.awaited_restrictions
where subject_key in (select decode(k, 'hex') from unnest(%(emails)s::text[] || %(phones)s::text[]) k)

-- step: unknown_files
select name from unnest(%(names)s::text[]) name
where not exists (select from raw.drops d where d.archived_as = name)

-- step: to_apply
select key from raw.drops where key = any (%(keys)s) order by landed_at, sequence
