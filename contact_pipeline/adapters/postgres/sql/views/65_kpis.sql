-- The KPIs of every day, with where they are going. An anomaly is what the figure's own last weeks did not lead to expect.
create view curated.kpis as
select h.metric, h.scope, h.day, h.value, h.numerator, h.denominator, h.unknown / nullif(u.all_of_them, 0) as unknown_share,
    h.goal, h.distance,
    h.value - (select b.value from ops.kpi_history b where b.metric = h.metric and b.scope = h.scope and b.day <= h.day - 7
        order by b.day desc limit 1) as change_7d,
    h.value - (select b.value from ops.kpi_history b where b.metric = h.metric and b.scope = h.scope and b.day <= h.day - 30
        order by b.day desc limit 1) as change_30d,
    h.value - (select b.value from ops.kpi_history b where b.metric = h.metric and b.scope = h.scope and b.day <= h.day - 90
        order by b.day desc limit 1) as change_90d,
    h.expected, h.is_anomaly, h.reason, h.computed_at
from ops.kpi_history h
-- Messages whose end nobody told are no part of the denominator.
cross join lateral (select case when h.metric in ('bounce_rate', 'response_rate') then h.denominator + h.unknown
    else h.denominator end as all_of_them) u;

create view curated.costs as
select month, kind, item, provider, layer, low, high, planned, actual, forecast, hours, computed_at from ops.costs;
