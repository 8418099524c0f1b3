-- step: is_decided
select policy = %(policy)s and decided_on = %(day)s and not is_asked as is_decided from ops.permission_sync for update

-- step: note_decision
update ops.permission_sync set policy = %(policy)s, decided_on = %(day)s, is_asked = false

-- step: sync_permissions
-- Permissions follow from facts that also change without a drop: retention ends, the policy changes, consent is withdrawn.
update core.contacts c set can_email = p.email_reason = 'allowed', can_call = p.phone_reason = 'allowed'
from core.contact_permissions p
where c.id = p.contact_id and (c.can_email, c.can_call)
    is distinct from (p.email_reason = 'allowed', p.phone_reason = 'allowed')

-- step: count_permissions
select count(*) as contacts, count(*) filter (where can_email) as may_email, count(*) filter (where can_call) as may_call
from core.contacts where deletion_completed is null

-- step: measure_day
insert into ops.data_quality_days (day, figures)
select %(day)s, jsonb_build_object(
    'emails', coalesce(sum(emails), 0), 'emails_valid', coalesce(sum(emails_valid), 0),
    'emails_unknown', coalesce(sum(emails_unknown), 0), 'emails_fresh', coalesce(sum(emails_fresh), 0),
    'emails_never_verified', coalesce(sum(emails_never_verified), 0), 'phones', coalesce(sum(phones), 0),
    'phones_valid', coalesce(sum(phones_valid), 0), 'phones_unknown', coalesce(sum(phones_unknown), 0),
    'mailable', coalesce(sum(mailable), 0), 'mailable_valid', coalesce(sum(mailable_valid), 0),
    'mailable_unknown', coalesce(sum(mailable_unknown), 0), 'key_fields', coalesce(sum(key_fields), 0), 'key_fields_filled', coalesce(sum(key_fields_filled), 0))
from core.data_quality_by_drop
on conflict (day) do update set figures = excluded.figures, measured_at = now()

-- step: listed_wrongly
-- Who may be contacted and must not be, counted from the facts and not by the rule that decided it: a second opinion.
-- A channel that is listed though it was closed needs a proved opt-in since, for every word against it.
with opt_ins as not materialized (
    select o.contact_id, k.channel, o.consent_date as at
    from core.consent_records o
    join (values ('email'), ('phone')) k (channel) on o.consent_type = k.channel or o.consent_type = 'any'
    where (length(trim(o.evidence)) > 0 or o.document_hash is not null)
        and o.withdrawn_date is null and not o.recorded_at < o.consent_date
), listed_keys as ( -- every key by which a listed contact is known, for the channel on which it is listed
    select c.id, 'email' as channel, c.email_key as key, true as is_first from core.contacts c where c.can_email
    union all
    select c.id, 'phone', c.phone_key, true from core.contacts c where c.can_call
    union all
    select c.id, 'email', p.email_key, false
    from core.contacts c join core.contact_points p on p.contact_id = c.id where c.can_email
    union all
    select c.id, 'phone', p.phone_key, false
    from core.contacts c join core.contact_points p on p.contact_id = c.id where c.can_call
)
select
    (select count(*) from core.contacts c where c.deletion_requested and (c.can_email or c.can_call)) as deletion_requested,
    (select count(*) from core.contacts c where c.processing_restricted and (c.can_email or c.can_call)) as restricted,
    (select count(*) from core.contacts c
        where core.has_left(c) and c.can_email and not exists (select from opt_ins o
                where o.contact_id = c.id and o.channel = 'email' and o.at > c.email_closed_at)
            or c.suppress_phone and c.can_call and not exists (select from opt_ins o
                where o.contact_id = c.id and o.channel = 'phone' and o.at > c.phone_closed_at)) as opted_out,
    (select count(distinct (l.id, l.channel)) from listed_keys l
        join core.suppressions s on s.subject_key = l.key and s.channel = l.channel
            and (l.is_first or s.reason <> 'hard_bounce')
        where s.reason in ('erased', 'legal', 'hard_bounce') or not exists (select from opt_ins o
            where o.contact_id = l.id and o.channel = l.channel and o.at > s.last_said_at)) as suppressed,
    (select count(*) from (
        select r.contact_id, k.channel
        from core.consent_records r cross join (values ('email'), ('phone')) k (channel)
        where r.consent_type in (k.channel, 'any') or r.withdrawn_date is not null and r.consent_type not in ('email', 'phone')
        group by 1, 2
        having max(r.withdrawn_date) >= coalesce(max(r.consent_date) filter (where r.withdrawn_date is null), '-infinity')
    ) w join core.contacts c on c.id = w.contact_id and case w.channel when 'email' then c.can_email else c.can_call end) as withdrawn,
    (select count(*) from core.contacts c where (c.can_email and c.email_key is null) or (c.can_call and c.phone_key is null)) as unidentified,
    (select count(*) from core.contacts c where (c.can_email or c.can_call) and not exists (
        select from core.contact_sources cs join core.sources s on s.name = cs.source
        where cs.contact_id = c.id and s.documentation <> ''
            and (s.lawful_basis is not null or cs.own_basis_words is not null)
            and (c.can_email and 'email' = any (s.channels) or c.can_call and 'phone' = any (s.channels))
            and coalesce(coalesce(cs.source_date, cs.landed_at) + make_interval(days => least(cs.retention_days, s.retention_days)) > now(), true)
            and not cs.retention_unread
    )) as ungrounded_or_expired
