-- Kept: ops.costs is written by the asset costs.

-- step: costs
select month, kind, item, provider, layer, low, high, planned, actual, forecast, hours from curated.costs
order by kind, month desc, item, layer

-- step: providers
select month, provider, layer, sum(calls)::bigint as calls, sum(verdicts)::bigint as verdicts, sum(failed)::bigint as failed,
    sum(price)::double precision as price
from curated.provider_costs group by 1, 2, 3 order by 1 desc, 7 desc limit 100
