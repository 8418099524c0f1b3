-- What is written down about providers and freshness, by schedule.

-- step: look_at_balance
-- Credits that are gone less the calls we paid for since the last look; a top-up in between hides what it hides.
insert into ops.provider_balances (provider, looked_at, credits, billed_calls, drift)
select %(provider)s, %(now)s, %(credits)s, billed.calls,
    case when last.credits >= %(credits)s then last.credits - %(credits)s - billed.calls * %(credits_per_subject)s end
from (select 1) one
left join lateral (
    select b.looked_at, b.credits from ops.provider_balances b where b.provider = %(provider)s order by b.looked_at desc limit 1
) last on true
cross join lateral (
    select count(*) as calls from ops.provider_calls c
    where c.provider = %(provider)s and c.outcome <> 'reserved' and c.price > 0 and c.settled_at > coalesce(last.looked_at, '-infinity')
) billed
returning drift, billed_calls
