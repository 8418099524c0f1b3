-- What stands in the reports. A column's name is its heading. first, after: the period's days, the second not in it.

-- step: weeks
-- Weeks of which curated.freshness was written down and no report was made yet.
select distinct date_trunc('week', f.day)::date as period from ops.freshness_reports f
where not exists (select from ops.reports r where r.kind = 'freshness' and r.period = date_trunc('week', f.day)::date)
order by 1

-- step: kept
select title, html, made_at from ops.reports where kind = %(kind)s and period = %(period)s

-- step: all_kept
select kind, period, title, made_at, mailed_at from ops.reports order by period desc, kind

-- step: first_day
select (min(landed_at) at time zone 'utc')::date as day from raw.drops

-- step: keep
insert into ops.reports (kind, period, title, html, made_at) values (%(kind)s, %(period)s, %(title)s, %(html)s, %(now)s)
on conflict (kind, period) do nothing

-- step: freshness
with days as (
    select max(day) filter (where day >= %(first)s) as this, max(day) filter (where day < %(first)s) as before
    from ops.freshness_reports where day < %(after)s
)
select f.source, f.layer, f.contacts, round(100 * f.fresh_share::numeric, 1) as "fresh, %%",
    round(100 * (f.fresh_share - b.fresh_share)::numeric, 1) as "change, points"
from days join ops.freshness_reports f on f.day = days.this
left join ops.freshness_reports b on b.day = days.before and b.source = f.source and b.layer = f.layer
order by f.layer, f.source

-- step: due
select layer, sum(contacts)::bigint as contacts, sum(due)::bigint as due, sum(never_answered)::bigint as "never answered"
from curated.freshness group by layer order by layer

-- step: points
select layer, provider, round(forecast::numeric, 2) as "US dollars a point" from ops.costs
where kind = 'unit' and item = 'freshness_point' and month = (select max(month) from ops.costs)
order by layer, provider

-- step: kpis
-- As they stood at the end of the period.
select distinct on (h.metric) h.metric, h.day, h.value, h.denominator, h.goal, h.distance, h.reason
from ops.kpi_history h
where h.scope = 'all' and h.metric = any (%(metrics)s) and h.day < %(after)s
order by h.metric, h.day desc

-- step: requests
select r.kind, count(*) filter (where r.received_at >= %(first)s) as received,
    count(*) filter (where r.closed_at >= %(first)s and r.closed_at < %(after)s) as closed,
    count(*) filter (where r.closed_at >= %(first)s and r.closed_at < %(after)s and r.closed_at > d.due_at) as "closed late",
    count(*) filter (where r.state = 'refused' and r.closed_at >= %(first)s and r.closed_at < %(after)s) as refused,
    count(*) filter (where r.closed_at is null or r.closed_at >= %(after)s) as "open at the end",
    count(*) filter (where (r.closed_at is null or r.closed_at >= %(after)s) and d.due_at < %(after)s) as "of these overdue"
from ops.subject_requests r cross join lateral (select coalesce(r.extended_until, r.due_at) as due_at) d
where r.received_at < %(after)s and (r.closed_at is null or r.closed_at >= %(first)s)
group by r.kind order by r.kind

-- step: opt_outs
select s.channel, s.reason, count(*) as number,
    round(avg(greatest(0, extract(epoch from s.created_at - core.opted_out_at(s)) / 86400))::numeric, 1) as "days until it held, mean",
    round(max(greatest(0, extract(epoch from s.created_at - core.opted_out_at(s)) / 86400))::numeric, 1) as "the longest"
from core.suppressions s
where s.created_at >= %(first)s and s.created_at < %(after)s and s.reason not in ('hard_bounce', 'erased')
group by 1, 2 order by 1, 2

-- step: erasures
select e.reason, count(*) as begun, count(e.certificate) as "with a certificate",
    count(*) filter (where e.findings > 0) as "with findings"
from ops.erasures e where e.began_at >= %(first)s and e.began_at < %(after)s group by 1 order by 1

-- step: disclosures
select view_name as view, array_to_string(purposes, ', ') as purposes, count(*) as exports, sum(row_count)::bigint as rows
from ops.exports where started_at >= %(first)s and started_at < %(after)s group by 1, 2 order by 1, 2

-- step: drops
select source, count(*) as drops, count(*) filter (where held_reason is not null) as "still held",
    count(*) filter (where approved_at is not null) as "let through by a person", sum(rows_in)::bigint as rows,
    sum(rows_quarantined)::bigint as quarantined
from raw.drops where landed_at >= %(first)s and landed_at < %(after)s group by 1 order by 1

-- step: undocumented
select source, contacts from curated.undocumented_sources where contacts > 0 order by 1

-- step: alerts
select rule, count(*) as opened, count(*) filter (where closed_at is null or closed_at >= %(after)s) as "open at the end"
from ops.alerts where opened_at >= %(first)s and opened_at < %(after)s and rule = any (%(rules)s) group by 1 order by 1

-- step: chain
select coalesce(sum(rows), 0)::bigint as "changes sealed", max(block) as "newest block",
    (select left(encode(b.head, 'hex'), 16) || '…' from audit.blocks b where b.sealed_at < %(after)s order by b.block desc limit 1)
        as "its head begins"
from audit.blocks where sealed_at >= %(first)s and sealed_at < %(after)s
