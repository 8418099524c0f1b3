-- step: first_month
-- From where on months are counted again: a call of the month before may still be settled. What the policy says was paid is
-- true of the months since the last count, not of all that were ever.
select coalesce((select max(month) from ops.costs where kind = 'month'), %(month)s) as stated_from, least(date_trunc('month', %(month)s::date - 1)::date,
    coalesce((select max(month) from ops.costs where kind = 'month'),
        (select date_trunc('month', min(reserved_at) at time zone 'utc')::date from ops.provider_calls), %(month)s)) as month

-- step: spent
-- As in curated.provider_costs: a call that was never sent is none.
select date_trunc('month', c.reserved_at at time zone 'utc')::date as month, c.layer, sum(c.price)::double precision as actual
from ops.provider_calls c
where c.fault is distinct from 'circuit_open' and c.reserved_at >= %(first)s::date::timestamp at time zone 'utc'
group by 1, 2

-- step: stated
select month, item, actual from ops.costs where kind = 'month' and month >= %(first)s and month < %(month)s

-- step: reachable
select count(*) as contacts from core.contacts where (can_email or can_call) and deletion_completed is null

-- step: last_year
-- Of everything, where every line is known; and of the providers' calls.
select case when bool_and(actual is not null) then sum(actual) end as everything,
    coalesce(sum(actual) filter (where item = any (%(called)s)), 0) as calls
from ops.costs where kind = 'month' and month > %(month)s::date - interval '12 months'

-- step: forget
delete from ops.costs where month >= %(first)s and kind = 'month' or month = %(month)s and kind <> 'month'

-- step: write
insert into ops.costs (month, kind, item, provider, layer, low, high, planned, actual, forecast, hours, computed_at)
values (%(month)s, %(kind)s, %(item)s, %(provider)s, %(layer)s, %(low)s, %(high)s, %(planned)s, %(actual)s, %(forecast)s,
    %(hours)s, %(computed_at)s)

-- step: last_look
select max(computed_at) as at from ops.costs

-- step: costs
-- The months of the last year, and what was last said of the year, the set-up and the units.
select month, kind, item, provider, layer, low, high, planned, actual, forecast, hours from curated.costs c
where kind = 'month' and month > %(month)s::date - interval '12 months'
    or kind <> 'month' and month = (select max(n.month) from curated.costs n where n.kind = c.kind)
order by kind, month, item, provider, layer
