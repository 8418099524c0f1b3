-- After a value has changed, by whatever way: what follows from it follows (functions/parts.sql).

-- step: follow
-- In the stage contacts a part that was never there and can be read off its value is left to enriched_profiles, which
-- comes in the same run and counts it.
with changed as materialized (
    select * from core.parts_to_change(%(ids)s) p
    where %(stage)s <> 'contacts' or p.old_value is not null or p.data_source not like 'derived:%%'
), noted as (
    insert into core.enrichment_history (contact_id, field_name, old_value, new_value, data_source, confidence_score, enriched_at,
        enriched_by)
    select p.contact_id, p.field, p.old_value, p.new_value, p.data_source, p.confidence_score, coalesce(%(now)s, now()), %(stage)s
    from changed p order by p.contact_id, p.field
), wide as (
    select p.contact_id, array_agg(p.field) as fields,
        max(p.new_value) filter (where p.field = 'given_name') as given_name,
        max(p.new_value) filter (where p.field = 'family_name') as family_name,
        max(p.new_value) filter (where p.field = 'seniority') as seniority,
        max(p.new_value) filter (where p.field = 'company_domain') as company_domain,
        max(p.new_value) filter (where p.field = 'country') as country
    from changed p group by p.contact_id
)
update core.contacts c set
    given_name = case when 'given_name' = any (w.fields) then w.given_name else c.given_name end,
    family_name = case when 'family_name' = any (w.fields) then w.family_name else c.family_name end,
    seniority = case when 'seniority' = any (w.fields) then w.seniority else c.seniority end,
    company_domain = case when 'company_domain' = any (w.fields) then w.company_domain else c.company_domain end,
    country = case when 'country' = any (w.fields) then w.country else c.country end
from wide w where c.id = w.contact_id
