-- Questions that only a person can decide, and what they decide.

-- step: list
select v.id, v.kind, c.public_id as contact_id, v.field_name, v.opened_at, v.closed_at, v.closed_by, v.decision
from ops.reviews v left join core.contacts c on c.id = v.contact_id
where (%(kind)s::text is null or v.kind = %(kind)s) and (%(with_closed)s or v.closed_at is null)
order by v.closed_at nulls first, v.id limit %(limit)s

-- step: show
select v.id, v.kind, v.contact_id, c.public_id, o.public_id as other_contact_id, v.field_name, v.details, v.drop_key, v.row_number,
    v.opened_at, v.closed_at, v.closed_by, v.decision, v.reason, c.name, c.email, c.title, c.company, c.linkedin_url, c.location,
    c.identity_confidence
from ops.reviews v
left join core.contacts c on c.id = v.contact_id
left join core.contacts o on o.id = v.other_contact_id
where v.id = %(id)s

-- step: close
update ops.reviews set closed_at = %(now)s, closed_by = %(actor)s, decision = %(decision)s, reason = %(reason)s
where id = %(id)s and closed_at is null

-- step: say
-- What a person says outranks every provider and every list; a later word of the same person replaces it.
insert into core.profile_claims (contact_id, field_name, data_source, value, confidence_score, claimed_at)
values (%(contact_id)s, %(field)s, %(source)s, %(value)s, 1, %(now)s)
on conflict (contact_id, field_name, data_source) do update set value = excluded.value, claimed_at = excluded.claimed_at

-- step: forget_other_persons
-- The last word of any of our people counts; the earlier ones stay in the audit.
delete from core.profile_claims where contact_id = %(contact_id)s and field_name = %(field)s and data_source like 'person:%%'
    and data_source <> %(source)s

-- step: open_spot_checks
-- The most valuable published contacts that nobody has checked within the period.
insert into ops.reviews (kind, contact_id, details)
select 'spot_check', x.id, x.details
from (
    select c.id, jsonb_build_object('name', c.name, 'title', c.title, 'company', c.company, 'linkedin_url', c.linkedin_url,
        'location', c.location, 'identity_confidence', c.identity_confidence) as details
    from core.contacts c
    cross join lateral (
        select (select count(*) from core.outreach_history o where o.contact_id = c.id)::double precision as uses,
            (select max(s.trust) from core.contact_sources cs join core.sources s on s.name = cs.source
                where cs.contact_id = c.id)::double precision as trust,
            core.filled(c, %(key_fields)s)::double precision as filled, extract(epoch from c.created_at)::double precision as newest
    ) v
    where exists (select from core.contact_sources cs join raw.drops d on d.key = cs.drop_key
            where cs.contact_id = c.id and d.published_at is not null)
        and not exists (select from ops.reviews r where r.kind = 'spot_check' and r.contact_id = c.id
            and coalesce(r.closed_at, %(now)s) > %(now)s - make_interval(days => %(refresh_days)s))
    order by
        case %(order_1)s when 'uses' then v.uses when 'trust' then v.trust when 'completeness' then v.filled when 'newest' then v.newest end desc nulls last,
        case %(order_2)s when 'uses' then v.uses when 'trust' then v.trust when 'completeness' then v.filled when 'newest' then v.newest end desc nulls last,
        case %(order_3)s when 'uses' then v.uses when 'trust' then v.trust when 'completeness' then v.filled when 'newest' then v.newest end desc nulls last,
        c.id
    limit %(top)s
) x

-- step: spot_check_share
select count(*) filter (where closed_at is null) as open, count(*) filter (where decision = 'accepted') as confirmed,
    count(*) filter (where decision in ('accepted', 'rejected', 'corrected')) as decided
from ops.reviews where kind = 'spot_check'
