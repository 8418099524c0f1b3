-- Kept figures only.

-- step: kpis
select metric, day, value, numerator, denominator, unknown_share, goal, distance, change_7d, change_30d, change_90d, expected,
    is_anomaly, reason
from curated.kpis where scope = 'all' and day >= %(since)s order by metric, day

-- step: spend
select coalesce(sum(price), 0)::double precision as spent, coalesce(sum(calls), 0)::bigint as calls
from curated.provider_costs where month = %(month)s
