-- Facts that follow from facts: no provider is asked. Only empty fields are filled; what cannot be told stays empty.

-- step: create_derived
-- A name of exactly two plain words is given and family name; anything else is left to a provider or a person.
create temporary table derived on commit drop as
select c.id,
    two.words[1] as given_name, two.words[2] as family_name,
    case when c.company_domain is null and c.email_status in ('valid', 'unknown', 'catch_all')
        and c.email_is_free is false and c.email_sub_status is distinct from 'not_checked'
        then nullif(lower(split_part(c.email, '@', -1)), '') end as company_domain,
    case when c.country is null and c.phone_status = 'valid' then c.phone_country end as country
from core.contacts c
cross join lateral (
    select case when c.given_name is null and c.family_name is null and c.name is not null
        then regexp_match(c.name, '^([[:alpha:]][[:alpha:]''’-]+) ([[:alpha:]][[:alpha:]''’-]+)$') end as words
    offset 0
) two
where c.id in (select contact_id from core.contact_sources where drop_key = %(drop_key)s)
    and (%(since)s::timestamptz is null or c.email_verified_at >= %(since)s or c.phone_verified_at >= %(since)s)

-- step: index_derived
alter table derived add primary key (id)

-- step: analyze_derived
analyze derived

-- step: insert_history
insert into core.enrichment_history (contact_id, field_name, old_value, new_value, data_source, enriched_at, enriched_by)
select d.id, v.field, null, v.value, v.origin, %(now)s, 'enriched_profiles'
from derived d
cross join lateral (values
    ('given_name', d.given_name, 'derived:name'), ('family_name', d.family_name, 'derived:name'),
    ('company_domain', d.company_domain, 'derived:email'), ('country', d.country, 'derived:phone')
) v (field, value, origin)
where v.value is not null and d.id between %(first)s and %(last)s
order by d.id

-- step: update_contacts
-- Derived fields and permissions in one pass: both follow from what the earlier stages found.
with decided as materialized (
    select d.*, p.email_reason = 'allowed' as can_email, p.phone_reason = 'allowed' as can_call,
        num_nonnulls(d.given_name, d.family_name, d.company_domain, d.country) > 0 as is_filled
    from derived d join core.contact_permissions p on p.contact_id = d.id
    where d.id between %(first)s and %(last)s and p.contact_id between %(first)s and %(last)s
)
update core.contacts c set
    given_name = coalesce(c.given_name, d.given_name), family_name = coalesce(c.family_name, d.family_name),
    company_domain = coalesce(c.company_domain, d.company_domain), country = coalesce(c.country, d.country),
    can_email = d.can_email, can_call = d.can_call,
    version = c.version + d.is_filled::integer,
    updated_at = case when d.is_filled then %(now)s else c.updated_at end,
    updated_by = case when d.is_filled then w.actor else c.updated_by end,
    updated_login = case when d.is_filled then session_user else c.updated_login end
from decided d
cross join (select coalesce(audit.actor(), session_user) as actor offset 0) w
where c.id = d.id and c.id between %(first)s and %(last)s and (d.is_filled or (c.can_email, c.can_call) is distinct from (d.can_email, d.can_call))

-- step: analyze_contacts
-- Else the planner believes that nobody may be contacted, as before this stage, and counts the views five times slower.
analyze core.contacts

-- step: count_profiles
select count(*) as contacts from derived

-- step: completeness
select count(*) filter (where given_name is not null) as given_name, count(*) filter (where family_name is not null) as family_name,
    count(*) filter (where company_domain is not null) as company_domain, count(*) filter (where country is not null) as country
from derived

-- step: next_chunk
select min(id) as first, max(id) as last from (
    select id from derived where id > %(after)s order by id limit %(limit)s) chunk

-- step: derived_chunk
select d.id, (select min(cs.row_number) from core.contact_sources cs
        where cs.contact_id = d.id and cs.drop_key = %(drop_key)s) as row_number,
    d.given_name, d.family_name, d.company_domain, d.country
from derived d
where d.id between %(first)s and %(last)s
    and num_nonnulls(d.given_name, d.family_name, d.company_domain, d.country) > 0

-- step: forget_derived
update derived set given_name = null, family_name = null, company_domain = null, country = null where id = any(%(ids)s)
