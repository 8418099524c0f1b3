-- Verdicts for the addresses of a drop's contacts that are due: never judged, decayed, changed, or judged by old rules.
-- The temporary tables live as long as the stage's connection: DNS and providers are asked outside of any transaction.

-- step: create_due
create temporary table due as
select row_number() over (order by contact_id, point_id nulls first) as n, d.*,
    case when d.email like '%%_@_%%' then lower(split_part(d.email, '@', -1)) end as domain
from (
    select c.id as contact_id, null::bigint as point_id, c.email, c.email_key
    from core.contacts c
    where c.email is not null
        and (c.email_due_at is null or c.email_due_at <= %(now)s or c.email_rules is distinct from %(rules)s)
        and c.id in (select contact_id from core.contact_sources where drop_key = %(drop_key)s)
    union all
    select p.contact_id, p.id, p.value, p.email_key
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
    typo_suggestion text, deliverability_score smallint, mailbox_status text, mailbox_sub_status text, mailbox_call bigint
)

-- step: unknown_domains
-- Domains of the due addresses whose answer is missing or has expired.
select distinct d.domain
from due d
where d.domain <> '' and not exists (select from ops.domains k where k.domain = d.domain and k.expires_at > %(now)s)

-- step: create_askable
-- Whom a provider may be asked about: a working domain, and a ground for using the address (no ground, no disclosure).
-- turn: within a budget the longest unverified come first, and of these the most used.
create temporary table askable as
select d.n, row_number() over (order by c.email_mailbox_verified_at nulls first, coalesce(u.uses, 0) desc, d.n) as turn
from due d
join ops.domains k on k.domain = d.domain and k.verdict = 'valid'
join core.contact_permissions p on p.contact_id = d.contact_id and p.has_email_ground
join core.contacts c on c.id = d.contact_id
left join (select contact_id, count(*) as uses from core.outreach_history where channel = 'email' group by 1) u
    on u.contact_id = d.contact_id

-- step: create_empty_askable
create temporary table askable (n bigint, turn bigint)

-- step: index_askable
create unique index on askable (n);
create index on askable (turn)

-- step: analyze_askable
analyze askable

-- step: askable_chunk
select d.email from askable a join due d on d.n = a.n where a.turn > %(after)s and a.turn <= %(upto)s order by a.turn

-- step: due_chunk
-- With the last call about the mailbox: an answer that settles something before one that does not, then the latest.
select d.n, d.email, k.verdict as domain_status, k.reason as domain_sub_status,
    m.outcome as call_outcome, m.status as call_status, m.sub_status as call_reason,
    coalesce(m.retry_at > %(now)s, false) as call_rests, a.n is not null as is_askable,
    m.id as mailbox_call, (m.facts ->> 'score')::smallint as mailbox_score,
    (m.facts ->> 'is_catch_all')::boolean as mailbox_is_catch_all,
    (m.facts ->> 'is_disposable')::boolean as mailbox_is_disposable, (m.facts ->> 'is_role')::boolean as mailbox_is_role
from due d
left join ops.domains k on k.domain = d.domain
left join askable a on a.n = d.n
left join lateral (
    select c.id, c.outcome, c.status, c.sub_status, c.facts, c.retry_at
    from ops.provider_calls c
    where c.subject_key = d.email_key and c.layer = 'mailbox'
        and c.reserved_at > %(now)s - make_interval(days => %(refresh_days)s)
    order by c.outcome = 'answered' desc, c.status is distinct from 'unknown' desc, c.settled_at desc nulls last limit 1
) m on true
where d.n > %(after)s and d.n <= %(upto)s

-- step: create_answers
create temporary table answers (domain text, verdict text, reason text, mail_host_family text, expires_at timestamptz)

-- step: remember_domains
insert into ops.domains (domain, verdict, reason, mail_host_family, checked_at, expires_at)
select domain, verdict, reason, mail_host_family, %(now)s, expires_at from answers order by domain
on conflict (domain) do update set verdict = excluded.verdict, reason = excluded.reason,
    mail_host_family = coalesce(excluded.mail_host_family, ops.domains.mail_host_family),
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

-- step: insert_mailbox_validations
-- Each answer once for each contact: a later run that finds it still fresh writes nothing.
insert into core.email_validations (contact_id, email, layer, provider, status, sub_status, deliverability_score,
    is_catch_all, is_disposable, is_role, raw_status, raw_sub_status, validated_at)
select d.contact_id, d.email, 'mailbox', c.provider, coalesce(c.status, 'unknown'), case when c.outcome = 'answered' then c.sub_status else 'provider_error' end,
    (c.facts ->> 'score')::smallint, (c.facts ->> 'is_catch_all')::boolean, (c.facts ->> 'is_disposable')::boolean,
    (c.facts ->> 'is_role')::boolean, c.raw_status, c.raw_sub_status, c.settled_at
from judged j
join due d on d.n = j.n and d.n between %(first)s and %(last)s
join ops.provider_calls c on c.id = j.mailbox_call and c.settled_at is not null
where not exists (select from core.email_validations v where v.contact_id = d.contact_id and v.layer = 'mailbox'
    and v.provider = c.provider and v.validated_at = c.settled_at and v.email = d.email)
order by d.contact_id

-- step: update_activity
-- What is known of the address's use. `last_active_at`: used then or later; `last_active_until`: and not after.
with told as materialized (
    select d.contact_id, d.email, v.verified_at, v.again_at, act.facts, act.settled_at, risk.risk_score
    from due d
    cross join lateral (
        select max(l.settled_at) as verified_at,
            min(coalesce(l.retry_at, l.settled_at + core.jittered(%(refresh_days)s, d.email_key))) as again_at
        from (select distinct on (c.provider) c.settled_at, c.retry_at from ops.provider_calls c
            where c.subject_key = d.email_key and c.layer = 'activity' and c.settled_at is not null
            order by c.provider, c.settled_at desc) l
        -- one that has passed: nobody was there to ask again
        where coalesce(l.retry_at, l.settled_at + core.jittered(%(refresh_days)s, d.email_key)) > %(now)s
    ) v
    left join lateral (
        select c.facts, c.settled_at from ops.provider_calls c
        where c.subject_key = d.email_key and c.layer = 'activity' and c.status = 'known' and c.facts ->> 'risk_score' is null
        order by c.settled_at desc limit 1
    ) act on true
    left join lateral (
        select (c.facts ->> 'risk_score')::smallint as risk_score from ops.provider_calls c
        where c.subject_key = d.email_key and c.layer = 'activity' and c.facts ->> 'risk_score' is not null
        order by c.settled_at desc limit 1
    ) risk on true
    where d.point_id is null and d.n between %(first)s and %(last)s and v.verified_at is not null
)
update core.contacts c set
    email_activity_verified_at = t.verified_at,
    email_last_active_at = greatest(c.email_last_active_at,
        t.settled_at - make_interval(days => (t.facts ->> 'active_within_days')::integer)),
    email_last_active_until = t.settled_at - make_interval(days => coalesce((t.facts ->> 'not_within_days')::integer, 0)),
    email_engagement_score = (t.facts ->> 'engagement_score')::smallint,
    email_open_likelihood = (t.facts ->> 'open_likelihood')::smallint,
    email_click_likelihood = (t.facts ->> 'click_likelihood')::smallint,
    email_risk_score = t.risk_score,
    email_due_at = least(c.email_due_at, t.again_at)
from told t where c.id = t.contact_id and c.email = t.email

-- step: insert_activity_validations
insert into core.email_validations (contact_id, email, layer, provider, status, sub_status, raw_status, raw_sub_status, validated_at)
select d.contact_id, d.email, 'activity', c.provider, 'unknown', null, c.raw_status, c.raw_sub_status, c.settled_at
from due d
join ops.provider_calls c on c.subject_key = d.email_key and c.layer = 'activity' and c.outcome in ('answered', 'not_found')
    and c.settled_at > %(now)s - make_interval(days => %(refresh_days)s)
where d.n between %(first)s and %(last)s
    and not exists (select from core.email_validations v where v.contact_id = d.contact_id and v.layer = 'activity'
        and v.provider = c.provider and v.validated_at = c.settled_at and v.email = d.email)
order by d.contact_id

-- step: create_verdict
-- When each address is looked at again: the first of its layers to decay. `answered`: a layer gave a verdict; a resolver or a
-- provider that failed is asked again soon.
create temporary view verdict as
select d.contact_id, d.point_id, d.email, j.*, m.settled_at as mailbox_verified_at,
    b.subject_key is not null as has_bounced, coalesce(d.email_key, j.email_key) as known_key,
    j.domain_status in ('valid', 'invalid', 'risky') or j.syntax_status = 'invalid' as answered,
    least(
        coalesce(
            case when j.domain_status in ('valid', 'invalid', 'risky') or j.syntax_status = 'invalid'
                then %(now)s + core.jittered(%(refresh_days)s, coalesce(d.email_key, j.email_key)) end,
            k.expires_at, %(now)s),
        -- A date that has passed says that somebody would have asked, had anybody been there to ask: then it is worth
        -- another try only where asking fell short, and not where it would never be done.
        case
            when m.id is not null and m.settled_at is null then %(again_at)s -- a job that is not done
            when coalesce(m.retry_at, m.settled_at + core.jittered(%(refresh_days)s, d.email_key)) > %(now)s
                then coalesce(m.retry_at, m.settled_at + core.jittered(%(refresh_days)s, d.email_key))
            when a.n is not null and %(shortfall)s::text is not null then %(again_at)s
        end,
        -- Activity that nobody could be asked about today; it has no verdict in which this could be said.
        case when a.n is not null and %(activity_again_at)s::timestamptz is not null and j.mailbox_status is distinct from 'invalid'
            and not exists (select from ops.provider_calls c
                where c.subject_key = coalesce(d.email_key, j.email_key) and c.layer = 'activity' and c.provider = any (%(activity_short)s::text[])
                    and c.settled_at is not null
                    and coalesce(c.retry_at, c.settled_at + core.jittered(%(refresh_days)s, c.subject_key)) > %(now)s)
            then %(activity_again_at)s::timestamptz end) as due_at
from judged j join due d on d.n = j.n
left join ops.domains k on j.domain_status = 'unknown' and k.domain = d.domain
left join ops.provider_calls m on m.id = j.mailbox_call
left join askable a on a.n = j.n
-- A hash of the few, not core.has_bounced() for each of the many.
left join (select distinct s.subject_key from core.suppressions s where s.channel = 'email' and s.reason = 'hard_bounce') b
    on b.subject_key = coalesce(d.email_key, j.email_key)

-- step: update_contacts
with v as materialized (select * from verdict where n between %(first)s and %(last)s and point_id is null)
update core.contacts c set
    -- What came back outweighs what anybody was told; of an address that only bounces often, a mailbox provider knows more.
    email_status = case when v.has_bounced then 'invalid'
        when core.stays_risky(c, v.status, v.mailbox_status, v.mailbox_verified_at, %(now)s) then 'risky' else v.status end,
    email_sub_status = case when v.has_bounced then 'hard_bounce'
        when core.stays_risky(c, v.status, v.mailbox_status, v.mailbox_verified_at, %(now)s) then 'soft_bounces'
        else v.sub_status end,
    email_found_status = case when core.stays_risky(c, v.status, v.mailbox_status, v.mailbox_verified_at, %(now)s) then v.status end,
    email_found_sub_status = case when core.stays_risky(c, v.status, v.mailbox_status, v.mailbox_verified_at, %(now)s) then v.sub_status end,
    soft_bounce_count = core.soft_bounces_now(c, %(now)s), hard_bounce = c.hard_bounce or v.has_bounced,
    suppress_email = c.suppress_email or v.has_bounced,
    suppress_email_reason = case when v.has_bounced and not core.has_left(c) then 'hard_bounce' else c.suppress_email_reason end,
    email_rules = %(rules)s,
    email_key = coalesce(c.email_key, v.email_key),
    email_deliverability_score = v.deliverability_score, email_is_free = v.is_free,
    email_typo_suggestion = v.typo_suggestion,
    email_verified_at = case when v.answered then %(now)s else c.email_verified_at end,
    email_mailbox_verified_at = case when v.mailbox_status <> 'unknown' then v.mailbox_verified_at
        else c.email_mailbox_verified_at end,
    email_due_at = v.due_at,
    -- An address that has died counts as missing: providers are asked for another one.
    profile_due_at = case when v.status = 'invalid' and c.email_status <> 'invalid' then null else c.profile_due_at end,
    can_email = c.can_email and v.status <> 'invalid' and not v.has_bounced
from v
where c.id = v.contact_id and c.email = v.email
    and c.id between (select contact_id from due where n = %(first)s) and (select contact_id from due where n = %(last)s)

-- step: update_points
update core.contact_points p set
    status = case when v.has_bounced then 'invalid' when b.are_many and v.status not in ('invalid', 'risky') then 'risky' else v.status end,
    sub_status = case when v.has_bounced then 'hard_bounce' when b.are_many and v.status not in ('invalid', 'risky') then 'soft_bounces'
        else v.sub_status end,
    rules = %(rules)s, email_key = coalesce(p.email_key, v.email_key),
    verified_at = case when v.answered then %(now)s else p.verified_at end, due_at = v.due_at
from verdict v
cross join lateral (
    select exists (select from core.outreach_history h where h.contact_id = v.contact_id and h.bounce_type = 'soft')
        and core.bounces_often(core.soft_bounces(v.contact_id, v.known_key, %(now)s)) as are_many
) b
where p.id = v.point_id and v.n between %(first)s and %(last)s

-- step: verdicts
-- What the drop's addresses are now, whether judged today or before.
select c.email_status as status, coalesce(c.email_sub_status, '') as sub_status, count(*) as rows
from core.contacts c
where c.email is not null and c.id in (select contact_id from core.contact_sources where drop_key = %(drop_key)s)
group by 1, 2
