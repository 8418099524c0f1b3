-- A channel is closed for an address or number and for whoever has it, by keyed hash. Effective in the transaction.

-- step: contacts_of
select c.id, c.public_id from core.contacts c
where case %(channel)s when 'email' then c.email_key else c.phone_key end = %(key)s
    or c.id in (select p.contact_id from core.contact_points p
        where case %(channel)s when 'email' then p.email_key else p.phone_key end = %(key)s)
order by c.id

-- step: remember_mailbox
insert into core.address_keys (email_key, canonical_key) values (%(key)s, %(canonical_key)s) on conflict do nothing

-- step: holders
-- As contacts_of, in whatever writing of the mailbox: for what restricts.
select c.id from core.contacts c
where (case %(channel)s when 'email' then c.email_key else c.phone_key end) in (select core.mailbox_keys(%(key)s))
    or c.id in (select p.contact_id from core.contact_points p
        where (case %(channel)s when 'email' then p.email_key else p.phone_key end) in (select core.mailbox_keys(%(key)s)))
order by c.id

-- step: said_at
-- An opt-out closes when it is written down: one with an older date is no older than the consents that we have already.
select greatest(coalesce(%(acted_at)s::timestamptz, %(now)s::timestamptz), (
    select max(r.consent_date) from core.consent_records r
    where r.contact_id = any (%(ids)s) and r.consent_type in (%(channel)s, 'any') and r.consent_date <= %(now)s
)) as said_at

-- step: keys_of
-- What these contacts have on a channel that they were not asked for by.
select case %(channel)s when 'email' then email_key else phone_key end as key from core.contacts
where id = any (%(ids)s) and case %(channel)s when 'email' then email_key else phone_key end is not null
union
select case %(channel)s when 'email' then email_key else phone_key end from core.contact_points
where contact_id = any (%(ids)s) and case %(channel)s when 'email' then email_key else phone_key end is not null
order by 1

-- step: suppress
insert into core.suppressions (
    subject_key, canonical_key, channel, reason, source, acted_at, received_at, created_at, recorded_by, last_said_at)
values (%(key)s, case %(channel)s when 'email' then core.canonical_key(%(key)s) end, %(channel)s, %(reason)s, %(source)s, %(acted_at)s, %(received_at)s, %(now)s, %(actor)s, %(said_at)s)
on conflict (subject_key, channel, reason, source) do update
set last_said_at = greatest(core.suppressions.last_said_at, excluded.last_said_at),
    acted_at = least(core.suppressions.acted_at, excluded.acted_at)

-- step: close_channel
-- The columns that CAN-SPAM's records want follow from the opt-out. What the person cannot reopen gets no time, and a
-- flag without one was set by hand: nothing reopens it.
update core.contacts c set
    email_closed_at = case when %(channel)s <> 'email' then c.email_closed_at
        when not (core.has_left(c) and c.email_closed_at is null) and core.may_reopen(%(reason)s)
        then greatest(c.email_closed_at, %(said_at)s) end,
    phone_closed_at = case when %(channel)s <> 'phone' then c.phone_closed_at
        when not (c.suppress_phone and c.phone_closed_at is null) and core.may_reopen(%(reason)s)
        then greatest(c.phone_closed_at, %(said_at)s) end,
    suppress_email = c.suppress_email or %(channel)s = 'email',
    suppress_email_reason = case when %(channel)s = 'email' then 'opt_out' else c.suppress_email_reason end,
    suppress_phone = c.suppress_phone or %(channel)s = 'phone',
    can_email = c.can_email and %(channel)s <> 'email', can_call = c.can_call and %(channel)s <> 'phone',
    email_opt_out_date = case when %(channel)s = 'email' then least(c.email_opt_out_date, coalesce(%(acted_at)s, %(now)s)) else c.email_opt_out_date end,
    -- Of the opt-out whose date stands there.
    email_opt_out_reason = case when %(channel)s = 'email' and (c.email_opt_out_reason is null
            or coalesce(%(acted_at)s, %(now)s) < c.email_opt_out_date) then %(reason)s else c.email_opt_out_reason end,
    opt_out_date = least(c.opt_out_date, coalesce(%(acted_at)s, %(now)s)),
    suppression_list = case when c.suppression_list is null or coalesce(%(acted_at)s, %(now)s) < c.opt_out_date then %(source)s
        else c.suppression_list end
where c.id = any (%(ids)s)

-- step: withdraw
-- An opt-out ends the consents for its channel: each withdrawal is a row of its own and names the grant that it ends,
-- which is no younger.
insert into core.consent_records (contact_id, consent_type, consent_source, withdrawn_date, evidence, recorded_by, ends_id)
select r.contact_id, %(channel)s, %(source)s, %(said_at)s, %(evidence)s, %(actor)s, r.id
from core.consent_records r
where r.contact_id = any (%(ids)s) and r.withdrawn_date is null and r.consent_type in (%(channel)s, 'any')
    and (r.consent_date <= %(until)s or r.consent_date is null) -- an opt-out that the ledger brings back ends no later one
    and not exists (select from core.consent_records w where w.ends_id = r.id)

-- step: decide
-- A consent holds at once, as an opt-out does: by the rule, which may still find a fault.
update core.contacts c set can_email = p.email_reason = 'allowed', can_call = p.phone_reason = 'allowed'
from core.contact_permissions p
where p.contact_id = c.id and c.id = any (%(ids)s)
    and (c.can_email, c.can_call) is distinct from (p.email_reason = 'allowed', p.phone_reason = 'allowed')

-- step: settle
-- Addresses that came back for good (functions/bounces.sql).
select core.settle_bounces(%(ids)s::bigint[], %(now)s::timestamptz, %(source)s)

-- step: settle_imported
select core.settle_bounces(array(
    select c.id from core.suppressions s join core.contacts c on c.email_key = s.subject_key
    where s.channel = 'email' and s.reason = 'hard_bounce' and not c.hard_bounce
    union
    select p.contact_id from core.suppressions s join core.contact_points p on p.email_key = s.subject_key
    where s.channel = 'email' and s.reason = 'hard_bounce' and p.sub_status is distinct from 'hard_bounce'), now(), 'list')

-- step: forbid_imported
update core.contacts c set can_email = c.can_email and p.email_reason = 'allowed', can_call = c.can_call and p.phone_reason = 'allowed'
from core.contact_permissions p
where p.contact_id = c.id and (c.can_email and p.email_reason <> 'allowed' or c.can_call and p.phone_reason <> 'allowed')

-- step: leave_lists
insert into core.purpose_suppressions (subject_key, canonical_key, channel, purpose, reason, source, acted_at, received_at,
    created_at, last_said_at, recorded_by)
select %(key)s, case %(channel)s when 'email' then core.canonical_key(%(key)s) end, %(channel)s, w.purpose, %(reason)s, %(source)s,
    %(acted_at)s, %(received_at)s, %(now)s, %(said_at)s, %(actor)s
from (select distinct core.purpose_word(p) as purpose from unnest(%(purposes)s::text[]) p) w
where w.purpose is not null order by w.purpose
on conflict (subject_key, channel, purpose, source) do update
set last_said_at = greatest(core.purpose_suppressions.last_said_at, excluded.last_said_at),
    acted_at = least(core.purpose_suppressions.acted_at, excluded.acted_at)
returning encode(subject_key, 'hex') as subject, encode(canonical_key, 'hex') as canonical_key, channel, purpose, reason, source, acted_at, received_at, last_said_at as said_at
