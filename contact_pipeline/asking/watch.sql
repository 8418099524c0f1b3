-- step: shares
-- Of the calls that were made; what was reserved and never sent is no word of the provider's.
select provider, layer, count(*) as calls, count(*) filter (where outcome = 'failed') as failed,
    count(*) filter (where outcome = 'answered') as answers,
    count(*) filter (where outcome = 'answered' and status = 'valid') as valid,
    count(*) filter (where outcome = 'answered' and status = 'invalid') as invalid,
    count(*) filter (where outcome = 'answered' and status in ('risky', 'catch_all')) as risky,
    count(*) filter (where outcome = 'answered' and status = 'unknown') as unknown
from ops.provider_calls where drop_key = %(drop_key)s and fault is distinct from 'circuit_open' group by provider, layer
