-- Verdicts for the addresses of a drop's contacts that are due: never judged, decayed, changed, or judged by old rules.

-- step: create_due
create temporary table due on commit drop as
select row_number() over (order by contact_id, point_id nulls first) as n, d.*,
    case when d.email like '%%_@_%%' then lower(split_part(d.email, '@', -1)) end as domain
from (
    select c.id as contact_id, null::bigint as point_id, c.email
    from core.contacts c
    where c.email is not null
        and (c.email_due_at is null or c.email_due_at <= %(now)s or c.email_rules is distinct from %(rules)s)
        and c.id in (select contact_id from core.contact_sources where drop_key = %(drop_key)s)
    union all
    select p.contact_id, p.id, p.value
    from core.contact_points p
    where p.kind = 'email' and (p.due_at is null or p.due_at <= %(now)s or p.rules is distinct from %(rules)s)
        and p.contact_id in (select contact_id from core.contact_sources where drop_key = %(drop_key)s)
) d

-- step: index_due
create unique index on due (n)

-- step: analyze_due
analyze due

-- step: count_due
select count(*) as due from due

-- step: create_judged
create temporary table judged (
    n bigint primary key, email_key bytea,
    syntax_status text, syntax_sub_status text, domain_status text, domain_sub_status text,
    status text, sub_status text, is_role boolean, is_disposable boolean, is_free boolean, is_catch_all boolean,
    typo_suggestion text, deliverability_score smallint
) on commit drop

-- step: unknown_domains
-- Domains of the due addresses whose answer is missing or has expired.
select distinct d.domain
from due d
where d.domain <> '' and not exists (select from ops.domains k where k.domain = d.domain and k.expires_at > %(now)s)

-- step: due_chunk
select d.n, d.email, k.verdict as domain_status, k.reason as domain_sub_status
from due d left join ops.domains k on k.domain = d.domain
where d.n > %(after)s and d.n <= %(upto)s

-- step: create_answers
create temporary table answers (domain text, verdict text, reason text, expires_at timestamptz)

-- step: remember_domains
insert into ops.domains (domain, verdict, reason, checked_at, expires_at)
select domain, verdict, reason, %(now)s, expires_at from answers order by domain
on conflict (domain) do update set verdict = excluded.verdict, reason = excluded.reason,
    checked_at = excluded.checked_at, expires_at = excluded.expires_at

-- step: forget_answers
truncate answers

-- step: analyze_domains
analyze ops.domains

-- step: last_validation
select max(id) as id from core.email_validations

-- step: forget_settled
-- Another drop with the same people was judged while this one was.
delete from judged j using due d
where d.n = j.n and case
    when d.point_id is null then exists (select from core.contacts c where c.id = d.contact_id
        and c.email_due_at > %(now)s and c.email_rules = %(rules)s)
    else exists (select from core.contact_points p where p.id = d.point_id and p.due_at > %(now)s and p.rules = %(rules)s) end

-- step: analyze_judged
analyze judged

-- step: forget_judged
truncate judged

-- step: insert_validations
insert into core.email_validations (contact_id, email, layer, provider, status, sub_status, deliverability_score,
    is_catch_all, is_disposable, is_role, validated_at)
select d.contact_id, d.email, l.layer, l.provider, l.status, l.sub_status, j.deliverability_score,
    j.is_catch_all, j.is_disposable, j.is_role, %(now)s
from judged j join due d on d.n = j.n and d.n between %(first)s and %(last)s
cross join lateral (values
    ('syntax', 'email-validator', j.syntax_status, j.syntax_sub_status),
    ('domain', 'dns', j.domain_status, j.domain_sub_status)) l (layer, provider, status, sub_status)
where l.status is not null
order by d.contact_id

-- step: update_contacts
-- One narrow update. `verified_at` moves only when a layer gave a verdict; a resolver that failed is asked again soon.
with verdict as materialized (
    select d.contact_id, d.email, j.*, coalesce(
            case when j.domain_status in ('valid', 'invalid', 'risky') or j.syntax_status = 'invalid'
                then %(now)s + make_interval(days => %(refresh_days)s) end,
            k.expires_at, %(now)s) as due_at,
        j.domain_status in ('valid', 'invalid', 'risky') or j.syntax_status = 'invalid' as answered
    from judged j join due d on d.n = j.n and d.point_id is null and d.n between %(first)s and %(last)s
    left join ops.domains k on j.domain_status = 'unknown' and k.domain = d.domain
)
update core.contacts c set
    email_status = v.status, email_sub_status = v.sub_status, email_rules = %(rules)s,
    email_key = coalesce(c.email_key, v.email_key),
    email_deliverability_score = v.deliverability_score, email_is_free = v.is_free,
    email_typo_suggestion = v.typo_suggestion,
    email_verified_at = case when v.answered then %(now)s else c.email_verified_at end,
    email_due_at = v.due_at,
    can_email = c.can_email and v.status <> 'invalid'
from verdict v
where c.id = v.contact_id and c.email = v.email
    and c.id between (select contact_id from due where n = %(first)s) and (select contact_id from due where n = %(last)s)

-- step: update_points
update core.contact_points p set
    status = j.status, sub_status = j.sub_status, rules = %(rules)s, email_key = coalesce(p.email_key, j.email_key),
    verified_at = case when a.answered then %(now)s else p.verified_at end,
    due_at = case when a.answered then %(now)s + make_interval(days => %(refresh_days)s)
        else coalesce(k.expires_at, %(now)s) end
from judged j
join due d on d.n = j.n and d.point_id is not null and d.n between %(first)s and %(last)s
left join ops.domains k on j.domain_status = 'unknown' and k.domain = d.domain
cross join lateral (select j.domain_status in ('valid', 'invalid', 'risky') or j.syntax_status = 'invalid' as answered) a
where p.id = d.point_id

-- step: verdicts
-- What the drop's addresses are now, whether judged today or before.
select c.email_status as status, coalesce(c.email_sub_status, '') as sub_status, count(*) as rows
from core.contacts c
where c.email is not null and c.id in (select contact_id from core.contact_sources where drop_key = %(drop_key)s)
group by 1, 2
