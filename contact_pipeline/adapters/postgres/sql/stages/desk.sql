-- What the desk does for a person who wrote or called: opt-outs and consents, by keyed hash. Effective in the transaction.

-- step: contacts_of
select c.id, c.public_id from core.contacts c
where case %(channel)s when 'email' then c.email_key else c.phone_key end = %(key)s
    or c.id in (select p.contact_id from core.contact_points p
        where case %(channel)s when 'email' then p.email_key else p.phone_key end = %(key)s)
order by c.id

-- step: suppress
insert into core.suppressions (subject_key, channel, reason, source, acted_at, received_at, created_at, recorded_by)
values (%(key)s, %(channel)s, %(reason)s, %(source)s, %(acted_at)s, %(now)s, %(now)s, %(actor)s)
on conflict (subject_key, channel, reason, source) do nothing

-- step: close_channel
-- The columns that CAN-SPAM's records want follow from the opt-out.
update core.contacts c set
    suppress_email = c.suppress_email or %(channel)s = 'email', suppress_phone = c.suppress_phone or %(channel)s = 'phone',
    can_email = c.can_email and %(channel)s <> 'email', can_call = c.can_call and %(channel)s <> 'phone',
    email_opt_out_date = case when %(channel)s = 'email' then least(c.email_opt_out_date, coalesce(%(acted_at)s, %(now)s)) else c.email_opt_out_date end,
    email_opt_out_reason = case when %(channel)s = 'email' then coalesce(c.email_opt_out_reason, %(reason)s) else c.email_opt_out_reason end,
    opt_out_date = least(c.opt_out_date, coalesce(%(acted_at)s, %(now)s)),
    suppression_list = coalesce(c.suppression_list, %(source)s)
where c.id = any (%(ids)s)

-- step: withdraw
-- An opt-out ends the consents for its channel: each withdrawal is a row of its own and names the grant that it ends.
insert into core.consent_records (contact_id, consent_type, consent_source, withdrawn_date, evidence, recorded_by, ends_id)
select r.contact_id, %(channel)s, %(source)s, coalesce(%(acted_at)s, %(now)s), %(evidence)s, %(actor)s, r.id
from core.consent_records r
where r.contact_id = any (%(ids)s) and r.withdrawn_date is null and r.consent_type in (%(channel)s, 'any')
    and not exists (select from core.consent_records w where w.ends_id = r.id)

-- step: consent
insert into core.consent_records (contact_id, consent_type, consent_date, consent_source, consent_ip, purpose, evidence,
    document_hash, notice_version, recorded_by)
select i, %(channel)s, %(given_at)s, %(source)s, %(ip)s, %(purpose)s, %(evidence)s, %(document_hash)s, %(notice_version)s, %(actor)s
from unnest(%(ids)s::bigint[]) i

-- step: export
select encode(subject_key, 'hex') as subject_key, channel, reason, source, acted_at, received_at, created_at
from core.suppressions order by created_at, subject_key, channel, reason, source

-- step: import
insert into core.suppressions (subject_key, channel, reason, source, acted_at, recorded_by)
select decode(r.subject_key, 'hex'), r.channel, r.reason, r.source, r.acted_at, %(actor)s
from jsonb_to_recordset(%(rows)s::jsonb) as r (subject_key text, channel text, reason text, source text, acted_at timestamptz)
order by 1, 2, 3, 4
on conflict (subject_key, channel, reason, source) do nothing

-- step: forbid_imported
update core.contacts c set can_email = c.can_email and p.email_reason = 'allowed', can_call = c.can_call and p.phone_reason = 'allowed'
from core.contact_permissions p
where p.contact_id = c.id and (c.can_email and p.email_reason <> 'allowed' or c.can_call and p.phone_reason <> 'allowed')
