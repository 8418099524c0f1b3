-- What people asked of us (ops.subject_requests): written down, extended, refused, served. Who asked is a keyed hash.

-- step: contact
select id from core.contacts where (id = %(id)s or public_id = %(public_id)s::uuid) and deletion_completed is null

-- step: open
-- Due a month later (GDPR Art. 12(3)), by the calendar. Its own number makes the reference where nobody gave one.
insert into ops.subject_requests (reference, kind, subject_key, channel, contact_id, received_at, due_at, identity_check, details,
    recorded_by, recorded_at)
values (coalesce(%(reference)s, gen_random_uuid()::text), %(kind)s, %(key)s, %(channel)s, %(contact_id)s, %(received_at)s,
    %(received_at)s::timestamptz + interval '1 month', %(identity_check)s, %(details)s::jsonb, %(actor)s, %(now)s)
on conflict (reference) do nothing
returning id

-- step: make_reference
-- Somebody may have given this very one before.
update ops.subject_requests r set reference = case
    when exists (select from ops.subject_requests o where o.reference = 'R-' || r.id) then 'R-' || r.id || '-' || left(r.reference, 8)
    else 'R-' || r.id end
where r.id = %(id)s

-- step: by_reference
select id from ops.subject_requests where reference = %(reference)s

-- step: same_open
-- The same person asks for the same again before it is done: one matter, with the first deadline.
select id from ops.subject_requests
where state = 'open' and kind = %(kind)s and details is not distinct from %(details)s::jsonb
    and case when %(contact_id)s::bigint is null then contact_id is null and subject_key = %(key)s and channel = %(channel)s
        else contact_id = %(contact_id)s end
order by id limit 1

-- step: is_erased
select exists (select from core.erased_keys where subject_key = %(key)s) as is_erased

-- step: name_contact
-- An address or number of several people turned out to mean this one.
update ops.subject_requests set contact_id = %(contact_id)s where id = %(id)s and state = 'open'

-- step: say_again
update ops.subject_requests set details = %(details)s::jsonb where id = %(id)s and state = 'open' and details is null

-- step: find
select r.*, coalesce(r.extended_until, r.due_at) as ends_at, r.due_at + interval '2 months' as latest_at
from ops.subject_requests r where r.id = %(id)s

-- step: find_for_update
select r.* from ops.subject_requests r where r.id = %(id)s for update

-- step: list
select r.reference, r.kind, r.state, r.received_at, coalesce(r.extended_until, r.due_at) as due_at,
    r.state = 'open' and coalesce(r.extended_until, r.due_at) < %(now)s as is_overdue,
    r.identity_check is not null as is_identified, r.outcome, r.recorded_by, r.closed_at
from ops.subject_requests r where r.state = 'open' or not %(only_open)s
order by r.state <> 'open', coalesce(r.extended_until, r.due_at), r.id

-- step: extend
update ops.subject_requests set extended_until = %(until)s, extension_reason = %(reason)s where id = %(id)s

-- step: identify
update ops.subject_requests set identity_check = %(how)s where id = %(id)s and state = 'open'

-- step: close
update ops.subject_requests set state = %(state)s, outcome = %(outcome)s, details = null,
    contact_ids = %(ids)s::bigint[], closed_at = %(now)s, closed_by = %(actor)s
where id = %(id)s and state = 'open'
