-- What the desk does for a person who wrote or called: opt-outs and consents, by keyed hash. Effective in the transaction.

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
set last_said_at = greatest(core.suppressions.last_said_at, excluded.last_said_at)

-- step: close_channel
-- The columns that CAN-SPAM's records want follow from the opt-out. What the person cannot reopen gets no time, and a
-- flag without one was set by hand: nothing reopens it.
update core.contacts c set
    email_closed_at = case when %(channel)s <> 'email' then c.email_closed_at
        when not (c.suppress_email and c.email_closed_at is null) and core.may_reopen(%(reason)s)
        then greatest(c.email_closed_at, %(said_at)s) end,
    phone_closed_at = case when %(channel)s <> 'phone' then c.phone_closed_at
        when not (c.suppress_phone and c.phone_closed_at is null) and core.may_reopen(%(reason)s)
        then greatest(c.phone_closed_at, %(said_at)s) end,
    suppress_email = c.suppress_email or %(channel)s = 'email', suppress_phone = c.suppress_phone or %(channel)s = 'phone',
    can_email = c.can_email and %(channel)s <> 'email', can_call = c.can_call and %(channel)s <> 'phone',
    email_opt_out_date = case when %(channel)s = 'email' then least(c.email_opt_out_date, coalesce(%(acted_at)s, %(now)s)) else c.email_opt_out_date end,
    email_opt_out_reason = case when %(channel)s = 'email' then coalesce(c.email_opt_out_reason, %(reason)s) else c.email_opt_out_reason end,
    opt_out_date = least(c.opt_out_date, coalesce(%(acted_at)s, %(now)s)),
    suppression_list = coalesce(c.suppression_list, %(source)s)
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

-- step: consent
insert into core.consent_records (contact_id, consent_type, consent_date, consent_source, consent_ip, purpose, evidence,
    document_hash, notice_version, recorded_by, recorded_at)
select i, %(channel)s, %(given_at)s, %(source)s, %(ip)s, %(purpose)s, %(evidence)s, %(document_hash)s,
    %(notice_version)s, %(actor)s, %(now)s
from unnest(%(ids)s::bigint[]) i

-- step: decide
-- A consent holds at once, as an opt-out does: by the rule, which may still find a fault.
update core.contacts c set can_email = p.email_reason = 'allowed', can_call = p.phone_reason = 'allowed'
from core.contact_permissions p
where p.contact_id = c.id and c.id = any (%(ids)s)
    and (c.can_email, c.can_call) is distinct from (p.email_reason = 'allowed', p.phone_reason = 'allowed')

-- step: export
select encode(subject_key, 'hex') as subject_key, channel, reason, source, acted_at, received_at, created_at,
    last_said_at, encode(canonical_key, 'hex') as canonical_key
from core.suppressions order by created_at, subject_key, channel, reason, source

-- step: import
-- Like any list it says so now; only an export of ours knows better. Counts what is new.
with said as (
    insert into core.suppressions (subject_key, channel, reason, source, acted_at, recorded_by, last_said_at, canonical_key)
    select distinct on (1, 2, 3, 4) decode(r.subject_key, 'hex'), r.channel, r.reason, r.source, r.acted_at, %(actor)s,
        coalesce(r.last_said_at, %(now)s), decode(r.canonical_key, 'hex')
    from jsonb_to_recordset(%(rows)s::jsonb) as r (subject_key text, canonical_key text, channel text, reason text,
        source text, acted_at timestamptz, last_said_at timestamptz)
    order by 1, 2, 3, 4, 7 desc, 5
    on conflict (subject_key, channel, reason, source) do update
    set last_said_at = greatest(core.suppressions.last_said_at, excluded.last_said_at),
        canonical_key = coalesce(core.suppressions.canonical_key, excluded.canonical_key)
    returning subject_key, channel, reason, source
)
select count(*) as new from said where not exists ( -- a statement sees the table as it was before
    select from core.suppressions k where (k.subject_key, k.channel, k.reason, k.source)
        = (said.subject_key, said.channel, said.reason, said.source))

-- step: forbid_imported
update core.contacts c set can_email = c.can_email and p.email_reason = 'allowed', can_call = c.can_call and p.phone_reason = 'allowed'
from core.contact_permissions p
where p.contact_id = c.id and (c.can_email and p.email_reason <> 'allowed' or c.can_call and p.phone_reason <> 'allowed')
