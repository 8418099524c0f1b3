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
from core.contacts

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
select
    (select count(*) from core.contacts c where c.deletion_requested and (c.can_email or c.can_call)) as deletion_requested,
    (select count(*) from core.contacts c where c.suppress_email and c.can_email or c.suppress_phone and c.can_call) as opted_out,
    (select count(distinct c.id) from core.suppressions s join core.contacts c on c.email_key = s.subject_key and c.can_email
        where s.channel = 'email')
        + (select count(distinct c.id) from core.suppressions s join core.contacts c on c.phone_key = s.subject_key and c.can_call
            where s.channel = 'phone')
        + (select count(distinct c.id) from core.suppressions s
            join core.contact_points p on s.reason <> 'hard_bounce' and (s.channel = 'email' and p.email_key = s.subject_key or s.channel = 'phone' and p.phone_key = s.subject_key)
            join core.contacts c on c.id = p.contact_id and case s.channel when 'email' then c.can_email else c.can_call end) as suppressed,
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
        where cs.contact_id = c.id and s.documentation <> '' and (s.lawful_basis is not null or cs.own_basis)
            and (c.can_email and 'email' = any (s.channels) or c.can_call and 'phone' = any (s.channels))
            and coalesce(coalesce(cs.source_date, cs.landed_at) + make_interval(days => least(cs.retention_days, s.retention_days)) > now(), true)
    )) as ungrounded_or_expired
