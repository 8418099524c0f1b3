-- How each KPI of core/kpis.py is counted, under its name. A day's figures gather in pg_temp.kpi_counts and are kept at once.

-- step: begin
create temporary table kpi_counts (
    metric text not null, scope text not null, day date not null, numerator double precision, denominator double precision,
    unknown double precision
) on commit drop

-- step: last_look
select measured_at, seconds from ops.kpi_days where day = %(today)s

-- step: count_contacts
-- One look at every contact, grouped four ways. Published: as in curated.data_quality.
insert into pg_temp.kpi_counts
select k.metric, s.scope, %(today)s, k.numerator, k.denominator, k.unknown
from (
    select grouping(f.source, f.drop_key, f.country) as grouped, f.source, f.drop_key, f.country,
        count(*) filter (where f.is_published) as published,
        count(*) filter (where f.is_published and f.email is not null) as emails,
        count(*) filter (where f.is_published and f.email_status = 'valid') as emails_valid,
        count(*) filter (where f.is_published and f.email is not null and f.email_status = 'unknown') as emails_unknown,
        count(*) filter (where f.is_published and f.email is not null and f.email_verified_at > %(now)s - interval '90 days') as emails_fresh,
        count(*) filter (where f.is_published and f.email is not null and f.email_verified_at is null) as emails_unverified,
        count(*) filter (where f.is_published and f.is_mailable) as mailable,
        count(*) filter (where f.is_published and f.is_mailable and f.email_status = 'valid') as mailable_valid,
        count(*) filter (where f.is_published and f.is_mailable and f.email_status = 'unknown') as mailable_unknown,
        count(*) filter (where f.is_published and f.phone is not null) as phones,
        count(*) filter (where f.is_published and f.phone_status = 'valid') as phones_valid,
        count(*) filter (where f.is_published and f.phone is not null and f.phone_status = 'unknown') as phones_unknown,
        coalesce(sum(f.filled) filter (where f.is_published), 0) as filled,
        count(*) filter (where f.is_published and f.best_confidence >= %(high_confidence)s) as confident,
        count(*) filter (where f.is_published and f.best_confidence is null) as unsure,
        count(*) as contacts, count(*) filter (where f.is_grounded) as grounded,
        count(*) filter (where f.is_ending) as ending, count(*) filter (where f.is_within) as within
    from (
        select coalesce(l.source, '') as source, coalesce(l.drop_key, '') as drop_key, coalesce(c.country, 'unknown') as country,
            d.published_at is not null as is_published, c.email, c.email_status, c.email_verified_at, c.phone, c.phone_status,
            core.filled(c, k.fields) as filled, g.is_grounded, g.is_ending, g.is_within, g.best_confidence,
            c.can_email and coalesce(core.is_one_of(c.email_status, c.email_sub_status, u.email), false) as is_mailable
        from core.contacts c
        join core.contact_grounds g on g.contact_id = c.id
        left join core.contact_latest_drop l on l.contact_id = c.id
        left join raw.drops d on d.key = l.drop_key
        cross join core.usable u
        cross join (select array(select field from core.key_fields) as fields) k
    ) f
    group by grouping sets ((), (f.source), (f.drop_key), (f.country))
) c
cross join lateral (select case c.grouped
    when 7 then 'all' when 3 then 'source:' || c.source when 5 then 'drop:' || c.drop_key else 'country:' || c.country end as scope) s
cross join lateral (values
    ('email_deliverability_rate', c.emails_valid, c.emails, c.emails_unknown),
    ('mailable_deliverability_rate', c.mailable_valid, c.mailable, c.mailable_unknown),
    ('phone_validation_rate', c.phones_valid, c.phones, c.phones_unknown),
    ('enrichment_completeness', c.filled, c.published * (select count(*) from core.key_fields), 0),
    ('data_freshness', c.emails_fresh, c.emails, c.emails_unverified),
    ('consent_coverage', c.grounded, c.contacts, 0),
    ('data_retention_compliance', c.within, c.ending, 0),
    ('high_confidence_share', c.confident, c.published, c.unsure)
) k (metric, numerator, denominator, unknown)
where k.denominator > 0 and s.scope not in ('source:', 'drop:') -- contacts of nobody's drop count in `all` and by country

-- step: days_without
-- Of the last 90 days those before today that nobody measured, and of which facts can tell. Facts do not go before the first.
select d.day::date as day
from generate_series(
    greatest(%(today)s::date - 90, (select min(f.at) at time zone 'utc' from (
        select min(landed_at) as at from raw.drops union all select min(reserved_at) from ops.provider_calls) f)::date),
    %(today)s::date - 1, interval '1 day') d (day)
where not exists (select from ops.kpi_days k where k.day = d.day::date)
order by 1

-- step: count_messages
-- Ends at the end of the day, or now. A message counts for its last source's contacts, their country, and the tool it went through.
insert into pg_temp.kpi_counts
select k.metric, s.scope, %(day)s, k.numerator, k.denominator, k.unknown
from (
    select grouping(m.list, m.country, m.tool) as grouped, m.list, m.country, m.tool,
        count(*) filter (where m.is_recent and m.is_bounced) as bounced,
        count(*) filter (where m.is_recent and (m.is_bounced or m.is_delivered)) as ended,
        count(*) filter (where m.is_recent and not (m.is_bounced or m.is_delivered)) as open_ended,
        count(*) filter (where m.tells_answers and m.is_replied) as replied,
        count(*) filter (where m.tells_answers) as answerable, count(*) filter (where not m.tells_answers) as untold
    from (
        select coalesce(h.source, 'unknown') as tool, l.source as list, coalesce(c.country, 'unknown') as country,
            h.channel = 'email' and h.at >= %(until)s::timestamptz - interval '30 days' as is_recent,
            h.bounced_at < %(until)s::timestamptz is true as is_bounced, h.delivered_at < %(until)s::timestamptz is true as is_delivered,
            h.replied_at < %(until)s::timestamptz is true as is_replied,
            coalesce(h.source, '') = any (t.tools) as tells_answers
        from (
            select h.*, coalesce(h.sent_at, h.delivered_at, h.bounced_at, h.recorded_at) as at
            from core.outreach_history h where h.direction = 'outbound'
        ) h
        join core.contacts c on c.id = h.contact_id
        left join core.contact_latest_drop l on l.contact_id = c.id
        cross join (select array(select distinct coalesce(source, '') from core.outreach_history
            where replied_at < %(until)s::timestamptz) as tools) t
        where h.at >= %(until)s::timestamptz - interval '90 days' and h.at < %(until)s::timestamptz
    ) m
    group by grouping sets ((), (m.list), (m.country), (m.tool))
) c
cross join lateral (select case c.grouped
    when 7 then 'all' when 3 then 'source:' || c.list when 5 then 'country:' || c.country else 'provider:' || c.tool end as scope) s
cross join lateral (values
    ('bounce_rate', c.bounced, c.ended, c.open_ended), ('response_rate', c.replied, c.answerable, c.untold)
) k (metric, numerator, denominator, unknown)
where k.denominator > 0 and (s.scope = 'all' or c.grouped = 6 or %(day)s = %(today)s::date) -- whose list it was is known of today only
    and s.scope is not null

-- step: count_opt_outs
insert into pg_temp.kpi_counts
select 'opt_out_processing_time', case when grouping(s.source) = 1 then 'all' else 'source:' || s.source end, %(day)s,
    sum(greatest(0, extract(epoch from s.created_at - core.opted_out_at(s)) / 86400)), count(*), 0
from core.suppressions s
where s.created_at >= %(until)s::timestamptz - interval '30 days' and s.created_at < %(until)s::timestamptz and s.reason not in ('hard_bounce', 'erased')
group by grouping sets ((), (s.source)) having count(*) > 0

-- step: count_calls
-- As in curated.provider_costs: a call that was never sent is none.
insert into pg_temp.kpi_counts
select 'enrichment_api_uptime', case when grouping(c.provider) = 1 then 'all' else 'provider:' || c.provider end, %(day)s,
    count(*) filter (where c.outcome in ('answered', 'not_found', 'rejected')), count(*),
    count(*) filter (where c.outcome = 'outcome_unknown')
from ops.provider_calls c
where c.outcome <> 'reserved' and c.fault is distinct from 'circuit_open'
    and c.reserved_at >= %(until)s::timestamptz - interval '30 days' and c.reserved_at < %(until)s::timestamptz
group by grouping sets ((), (c.provider)) having count(*) > 0

-- step: remember_contacts
-- What contacts were like on a past day only the day itself could tell: the figures of curated.data_quality that were kept.
insert into pg_temp.kpi_counts
select k.metric, 'all', y.day, k.numerator, k.denominator, k.unknown
from ops.data_quality_days y
cross join lateral jsonb_to_record(y.figures) as f (emails bigint, emails_valid bigint, emails_unknown bigint, emails_fresh bigint,
    emails_never_verified bigint, phones bigint, phones_valid bigint, phones_unknown bigint, key_fields bigint,
    key_fields_filled bigint, mailable bigint, mailable_valid bigint, mailable_unknown bigint)
cross join lateral (values
    ('email_deliverability_rate', f.emails_valid, f.emails, f.emails_unknown),
    ('mailable_deliverability_rate', f.mailable_valid, f.mailable, f.mailable_unknown),
    ('phone_validation_rate', f.phones_valid, f.phones, f.phones_unknown),
    ('enrichment_completeness', f.key_fields_filled, f.key_fields, 0),
    ('data_freshness', f.emails_fresh, f.emails, f.emails_never_verified)
) k (metric, numerator, denominator, unknown)
where y.day = any (%(days)s) and k.denominator > 0

-- step: add_missing
-- What has no data today is written, too, with the reason.
insert into pg_temp.kpi_counts
select k.metric, 'all', %(today)s, null, 0, 0
from unnest(%(metrics)s::text[]) k (metric)
where not exists (select from pg_temp.kpi_counts c where c.metric = k.metric and c.scope = 'all' and c.day = %(today)s)

-- step: keep
-- Expected: the median of the last 56 days. Odd: further from it than 3.5 robust standard deviations (B. Iglewicz and
-- D. Hoaglin, How to Detect and Handle Outliers, 1993: 1.4826 times the median absolute deviation), and by more than the
-- share of so few would scatter, and than a step that nobody would notice. Fewer than 14 days lead to expect nothing.
insert into ops.kpi_history (metric, scope, day, value, numerator, denominator, unknown, goal, distance, expected, is_anomaly, reason)
select c.metric, c.scope, c.day, v.value, c.numerator, c.denominator, c.unknown, k.goal,
    case when k.is_at_most then k.goal - v.value else v.value - k.goal end, m.expected,
    coalesce(abs(v.value - m.expected) > 3.5 * greatest(1.4826 * s.deviation, k.least_step,
        case when k.is_share then sqrt(m.expected * (1 - m.expected) / c.denominator) end), false),
    case when v.value is null then k.nothing end
from pg_temp.kpi_counts c
join unnest(%(metrics)s::text[], %(goals)s::float[], %(at_most)s::boolean[], %(shares)s::boolean[], %(least_steps)s::float[],
    %(nothings)s::text[]) k (metric, goal, is_at_most, is_share, least_step, nothing) on k.metric = c.metric
cross join lateral (select c.numerator / nullif(c.denominator, 0) as value) v
left join lateral (
    select array_agg(h.value) as values, percentile_cont(0.5) within group (order by h.value) as expected
    from ops.kpi_history h
    where h.metric = c.metric and h.scope = c.scope and h.day >= c.day - 56 and h.day < c.day and h.value is not null
    having count(*) >= 14
) m on c.scope not like 'drop:%%'
left join lateral (
    select percentile_cont(0.5) within group (order by abs(x.value - m.expected)) as deviation from unnest(m.values) x (value)
) s on true
where c.scope not like 'drop:%%'
    or exists (select from ops.kpi_history h where h.metric = c.metric and h.scope = c.scope and h.day = c.day)
    or (v.value, c.numerator, c.denominator, c.unknown, k.goal) is distinct from (
    select (h.value, h.numerator, h.denominator, h.unknown, h.goal) from ops.kpi_history h
    where h.metric = c.metric and h.scope = c.scope and h.day < c.day order by h.day desc limit 1)
on conflict (metric, scope, day) do update set value = excluded.value, numerator = excluded.numerator,
    denominator = excluded.denominator, unknown = excluded.unknown, goal = excluded.goal, distance = excluded.distance,
    expected = excluded.expected, is_anomaly = excluded.is_anomaly, reason = excluded.reason, computed_at = now()
    where kpi_history.day = %(today)s

-- step: forget_today
-- A scope that is gone since the morning (a drop that was rolled back) is no scope of today.
delete from ops.kpi_history h where h.day = %(today)s and not exists (
    select from pg_temp.kpi_counts c where c.metric = h.metric and c.scope = h.scope and c.day = h.day)

-- step: note_days
insert into ops.kpi_days (day, measured_at, seconds) select d.day, %(now)s, %(seconds)s from unnest(%(days)s::date[]) d (day)
on conflict (day) do update set measured_at = excluded.measured_at, seconds = excluded.seconds

-- step: kpis
select k.metric, k.scope, k.day, k.value, k.numerator, k.denominator, k.unknown_share, k.goal, k.distance, k.change_7d, k.change_30d,
    k.change_90d, k.expected, k.is_anomaly, k.reason
from curated.kpis k
where k.day = %(day)s and split_part(k.scope, ':', 1) = any (%(kinds)s)
order by array_position(%(metrics)s, k.metric), k.scope

