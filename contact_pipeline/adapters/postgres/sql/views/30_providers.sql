-- What providers cost and how they did: one row for each provider, layer, month and drop. A call that was reserved and never
-- sent, because the provider had been left (circuit_open), is none.
create view curated.provider_costs as
select c.provider, c.layer, date_trunc('month', c.reserved_at at time zone 'utc')::date as month, c.drop_key,
    case when c.layer = 'carrier' then 'normalized_phones'
        when c.layer in ('person', 'company', 'address', 'identity') then 'enriched_profiles' else 'validated_emails' end as stage,
    count(*) as calls,
    count(*) filter (where c.outcome = 'answered') as answers,
    count(*) filter (where c.outcome = 'answered' and c.status <> 'unknown') as verdicts,
    count(*) filter (where c.outcome = 'failed') as failed,
    count(*) filter (where c.outcome = 'outcome_unknown') as outcome_unknown,
    sum(c.price) as price,
    sum(c.price) / nullif(count(*) filter (where c.outcome = 'answered' and c.status <> 'unknown'), 0) as price_per_verdict,
    (count(*) filter (where c.outcome in ('answered', 'not_found', 'rejected')))::double precision
        / nullif(count(*) filter (where c.outcome <> 'reserved'), 0) as uptime,
    percentile_disc(0.5) within group (order by c.latency_ms) as median_latency_ms
from ops.provider_calls c
where c.fault is distinct from 'circuit_open'
group by c.provider, c.layer, 3, c.drop_key, 5;
