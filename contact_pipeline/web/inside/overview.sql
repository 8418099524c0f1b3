-- Kept figures only.

-- step: kpis
select metric, day, value, numerator, denominator, unknown_share, goal, distance, change_7d, change_30d, change_90d, expected,
    is_anomaly, reason
from curated.kpis where scope = 'all' and day >= %(since)s order by metric, day

-- step: spend
select coalesce(sum(actual), 0)::double precision as spent, coalesce(sum(planned), 0)::double precision as planned,
    count(*) filter (where actual is null) as untold
from curated.costs where kind = 'month' and month = %(month)s
