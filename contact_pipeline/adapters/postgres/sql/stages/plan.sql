-- What asking the providers would cost, before anything is asked. A subject is one address or number, however many
-- contacts have it. Rough where it must be: what the free layers have not judged yet is counted as if it were sound.

-- step: subjects
with known as (
    select k.key, bool_or(k.has_ground) as has_ground
    from (
        select 'email' as kind, c.email_key as key, p.has_email_ground and coalesce(d.verdict, 'valid') = 'valid' as has_ground
        from core.contacts c
        join core.contact_permissions p on p.contact_id = c.id
        left join ops.domains d on d.domain = lower(split_part(c.email, '@', -1))
        where c.email_status <> 'invalid' and c.email_sub_status is distinct from 'disposable'
        union all
        select 'email', q.email_key, p.has_email_ground and coalesce(d.verdict, 'valid') = 'valid'
        from core.contact_points q
        join core.contact_permissions p on p.contact_id = q.contact_id
        left join ops.domains d on d.domain = lower(split_part(q.value, '@', -1))
        where q.kind = 'email' and q.status <> 'invalid'
        union all
        select 'phone', c.phone_key, p.has_phone_ground
        from core.contacts c join core.contact_permissions p on p.contact_id = c.id where c.phone_status <> 'invalid'
        union all
        select 'phone', q.phone_key, p.has_phone_ground
        from core.contact_points q join core.contact_permissions p on p.contact_id = q.contact_id
        where q.kind = 'phone' and q.status <> 'invalid'
    ) k
    where k.kind = %(kind)s and k.key is not null
    group by k.key
)
select count(*) filter (where has_ground) as subjects, count(*) filter (where has_ground is not true) as without_ground,
    count(*) filter (where has_ground and not exists (
        select from ops.provider_calls c where c.subject_key = known.key and c.layer = %(layer)s
            and (%(providers)s::text[] is null or c.provider = any (%(providers)s::text[]))
            and (c.outcome = 'answered' and c.status <> 'unknown' or c.outcome in ('not_found', 'rejected', 'reserved'))
            and coalesce(c.settled_at, c.reserved_at) + core.jittered(%(refresh_days)s, c.subject_key) > %(now)s)) as due
from known

-- step: held_jobs
select provider, label, size, created_at from ops.provider_jobs where state = 'outcome_unknown' order by id

-- step: months
select provider, spent from ops.provider_months where month = %(month)s
