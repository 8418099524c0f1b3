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

-- step: people
-- Of whom something is missing or decayed, as far as the tables tell; each stage looks again, field by field.
select count(*) filter (where p.has_profile_ground) as subjects, count(*) filter (where not p.has_profile_ground) as without_ground,
    count(*) filter (where p.has_profile_ground
        and (c.profile_due_at is null or c.profile_due_at <= %(now)s or c.profile_rules is distinct from %(rules)s)
        and (core.filled(c, %(key_fields)s) < cardinality(%(key_fields)s::text[]) or c.email_status = 'invalid' or c.phone_status = 'invalid'
            or c.profile_verified_at is not null)) as due
from core.contacts c join core.contact_permissions p on p.contact_id = c.id
where case %(layer)s
    when 'address' then (c.email is null or c.email_status = 'invalid') and c.name is not null and (c.company_domain is not null or c.company is not null)
    when 'identity' then c.linkedin_url is not null and exists (
        select from core.contact_sources cs where cs.contact_id = c.id and cs.source = any (%(linkedin_sources)s))
    else true end

-- step: companies
select count(*) as subjects, 0 as without_ground, count(*) filter (where not exists (select from core.companies k
    where k.domain = d.domain and k.verified_at > %(now)s - make_interval(days => %(refresh_days)s))) as due
from (
    select distinct c.company_domain as domain from core.contacts c
    join core.contact_permissions p on p.contact_id = c.id and p.has_profile_ground
    where c.company_domain is not null and c.email_is_free is not true
) d

-- step: held_jobs
select provider, label, size, created_at from ops.provider_jobs where state = 'outcome_unknown' order by id

-- step: months
select provider, spent from ops.provider_months where month = %(month)s

-- step: release_job
update ops.provider_jobs set state = 'failed', released_by = %(actor)s, released_because = %(reason)s
where label = %(label)s and state = 'outcome_unknown' returning id, size

-- step: release_calls
update ops.provider_calls set outcome = 'failed', fault = 'job_failed', retry_at = %(now)s
where job_id = %(job)s and outcome = 'outcome_unknown'

-- step: release_contacts
update core.contacts c set email_due_at = null from ops.provider_calls k where k.job_id = %(job)s and c.email_key = k.subject_key

-- step: release_profiles
update core.contacts c set profile_due_at = null
from ops.provider_calls k join core.profile_questions q on q.subject_key = k.subject_key
where k.job_id = %(job)s and c.id = q.contact_id

-- step: release_points
update core.contact_points p set due_at = null from ops.provider_calls k where k.job_id = %(job)s and p.email_key = k.subject_key
