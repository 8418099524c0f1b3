-- Kept figures and small tables only: whatever asks every few seconds must not count contacts.

-- step: kpis
-- The last day of each KPI, for scopes that are few by nature.
select distinct on (metric, scope) metric, scope, value, goal, is_anomaly, extract(epoch from computed_at)::double precision as measured_at
from ops.kpi_history
where day > %(before)s and scope !~ '^drop:' and metric = any (%(metrics)s)
order by metric, scope, day desc limit %(most)s

-- step: drops
select case when rolled_back_by is not null then 'rolled_back' when held_reason is not null then 'held'
        when published_at is not null then 'published' else 'unfinished' end as state,
    count(*) as drops, coalesce(sum(rows_loaded), 0)::bigint as loaded, coalesce(sum(rows_merged), 0)::bigint as merged,
    coalesce(sum(rows_quarantined), 0)::bigint as quarantined, coalesce(sum(rows_erased), 0)::bigint as erased,
    extract(epoch from %(now)s - min(landed_at))::double precision as oldest_seconds
from raw.drops group by 1

-- step: verdicts
-- As each drop's last run left them.
select case r.stage when 'validated_emails' then 'email' else 'phone' end as kind, c.key as status, sum(c.value::bigint)::bigint as verdicts
from ops.stage_runs r cross join lateral jsonb_each_text(r.counts) c
where r.stage in ('validated_emails', 'normalized_phones') and c.key = any (%(statuses)s)
group by 1, 2

-- step: stages
select distinct on (stage) stage, seconds, row_count as rows from ops.stage_runs order by stage, finished_at desc

-- step: events
select count(*) as waiting, extract(epoch from %(now)s - min(received_at))::double precision as oldest_seconds
from ops.inbound_events where applied_at is null

-- step: months
select provider, calls, spent::double precision as spent from ops.provider_months where month = %(month)s

-- step: recent_calls
-- Of the last thousand that ended; the index of the number finds them.
select provider, count(*) as calls, count(*) filter (where outcome in ('failed', 'outcome_unknown')) as failed,
    percentile_cont(0.5) within group (order by latency_ms) / 1000 as median, percentile_cont(0.95) within group (order by latency_ms) / 1000 as p95
from (select provider, outcome, latency_ms from ops.provider_calls order by id desc limit 1000) last
where outcome <> 'reserved' group by provider

-- step: balances
select distinct on (provider) provider, credits from ops.provider_balances order by provider, looked_at desc

-- step: alerts
select rule, severity, count(*) as alerts from ops.alerts where closed_at is null group by rule, severity

-- step: deliveries
select channel, count(*) as waiting from ops.alert_deliveries where state in ('waiting', 'sending') and told_in is null group by channel

-- step: size
select pg_database_size(current_database())::double precision as bytes
