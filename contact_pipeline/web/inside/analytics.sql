-- Kept figures only.

-- step: by_scope
-- As they stand today.
select metric, split_part(scope, ':', 2) as name, value, numerator, denominator, unknown_share, goal, distance, change_30d
from curated.kpis
where day = (select max(day) from curated.kpis where scope = 'all') and scope like %(kind)s || ':%%' and value is not null
order by name, metric

-- step: by_month
-- As they stood on the last day of each month that was measured.
select distinct on (date_trunc('month', day), metric) metric, to_char(day, 'YYYY-MM') as name, value, numerator, denominator,
    unknown_share, goal, distance, change_30d
from curated.kpis
where scope = 'all' and day > %(since)s and value is not null
order by date_trunc('month', day), metric, day desc
