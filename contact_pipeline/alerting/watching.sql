-- step: months
select provider, spent from ops.provider_months where month = %(month)s

-- step: open_subjects
select substr(fingerprint, length(rule) + 2) as subject from ops.alerts where rule = %(rule)s and closed_at is null

-- step: freshness
-- As it was measured last, within two days; older says nothing of today.
select value, numerator, denominator from ops.kpi_history
where metric = 'data_freshness' and scope = 'all' and day > %(before)s order by day desc limit 1

-- step: lines
-- Of the bill, this year so far. What nobody said is not nothing.
select item, sum(actual)::double precision as actual, (12 * max(planned))::double precision as planned from ops.costs
where kind = 'month' and month >= %(since)s group by item having sum(actual) is not null and max(planned) is not null
