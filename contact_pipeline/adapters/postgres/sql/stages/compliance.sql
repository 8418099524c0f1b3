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
