-- What a drop that is rolled back would have changed.

-- step: before
select (select count(*) from core.suppressions) as suppressions,
    (select coalesce(max(id), 0) from core.enrichment_history) as history

-- step: changes
-- A value where there was none is one, too; a new contact's are not.
select (select count(*) from core.suppressions) - %(suppressions)s as opt_outs,
    (select count(*) from core.enrichment_history h where h.id > %(history)s and exists (select from core.contact_sources s where s.contact_id = h.contact_id and s.drop_key <> %(drop_key)s)) as fields

-- step: outcomes
select count(*) filter (where outcome = 'loaded') as loaded, count(*) filter (where outcome = 'merged') as merged,
    count(*) filter (where outcome is distinct from 'quarantined') as applied
from raw.landed_rows where drop_key = %(drop_key)s
