-- Facts that follow from facts: no provider is asked. What cannot be told stays empty.

-- step: create_derived
-- What the values themselves tell, for all at once. Where the contact has something else already, somebody has said it, or
-- it is left over: that is looked into one by one (settle, functions/parts.sql).
create temporary table derived on commit drop as
select c.id, two.words[1] as given_name, two.words[2] as family_name, c.seniority, own.company_domain, own.country,
    c.given_name is distinct from two.words[1] and c.given_name is not null
        or c.family_name is distinct from two.words[2] and c.family_name is not null
        or c.company_domain is distinct from own.company_domain and c.company_domain is not null
        or c.country is distinct from own.country and c.country is not null or c.seniority is not null as is_suspect
from core.contacts c
cross join lateral (select core.two_words(c.name) as words offset 0) two
cross join lateral (select core.domain_of_address(c) as company_domain,
    case when c.phone_status = 'valid' then c.phone_country end as country) own
where c.id in (select contact_id from core.contact_sources where drop_key = %(drop_key)s)
    and (%(since)s::timestamptz is null or c.email_verified_at >= %(since)s or c.phone_verified_at >= %(since)s)

-- step: index_derived
alter table derived add primary key (id)

-- step: analyze_derived
analyze derived

-- step: settle
with settled as (
    select c.id, array_agg(p.field) as fields,
        max(p.new_value) filter (where p.field = 'given_name') as given_name,
        max(p.new_value) filter (where p.field = 'family_name') as family_name,
        max(p.new_value) filter (where p.field = 'seniority') as seniority,
        max(p.new_value) filter (where p.field = 'company_domain') as company_domain,
        max(p.new_value) filter (where p.field = 'country') as country
    from derived d
    join core.contacts c on c.id = d.id
    left join core.parts_to_change(array(select id from derived where is_suspect and id between %(first)s and %(last)s)) p
        on p.contact_id = d.id
    where d.is_suspect and d.id between %(first)s and %(last)s
    group by c.id
)
update derived d set
    given_name = case when 'given_name' = any (s.fields) then s.given_name else c.given_name end,
    family_name = case when 'family_name' = any (s.fields) then s.family_name else c.family_name end,
    seniority = case when 'seniority' = any (s.fields) then s.seniority else c.seniority end,
    company_domain = case when 'company_domain' = any (s.fields) then s.company_domain else c.company_domain end,
    country = case when 'country' = any (s.fields) then s.country else c.country end
from settled s join core.contacts c on c.id = s.id
where d.id = s.id

-- step: insert_history
insert into core.enrichment_history (contact_id, field_name, old_value, new_value, data_source, confidence_score, enriched_at,
    enriched_by)
select p.contact_id, p.field, p.old_value, p.new_value, p.data_source, p.confidence_score, %(now)s, 'enriched_profiles'
from core.parts_to_change(array(select id from derived where is_suspect and id between %(first)s and %(last)s)) p
join derived d on d.id = p.contact_id and p.new_value is not distinct from case p.field when 'given_name' then d.given_name
    when 'family_name' then d.family_name when 'seniority' then d.seniority when 'country' then d.country
    else d.company_domain end
union all
select d.id, v.field, v.old_value, v.value, v.origin, null, %(now)s, 'enriched_profiles'
from derived d
join core.contacts c on c.id = d.id
cross join lateral (values
    ('given_name', c.given_name, d.given_name, 'derived:name'), ('family_name', c.family_name, d.family_name, 'derived:name'),
    ('company_domain', c.company_domain, d.company_domain, 'derived:email'), ('country', c.country, d.country, 'derived:phone')
) v (field, old_value, value, origin)
where not d.is_suspect and v.value is distinct from v.old_value and d.id between %(first)s and %(last)s
order by 1, 2

-- step: update_contacts
-- Derived fields and permissions in one pass: both follow from what the earlier stages found.
with decided as materialized (
    select d.*, p.email_reason = 'allowed' as may_email, p.phone_reason = 'allowed' as may_call,
        (c.given_name, c.family_name, c.seniority, c.company_domain, c.country)
            is distinct from (d.given_name, d.family_name, d.seniority, d.company_domain, d.country) as is_changed
    from derived d
    join core.contacts c on c.id = d.id
    -- One after the other (offset 0): else the planner may decide about everybody for each.
    cross join lateral (
        select r.email_reason, r.phone_reason from core.contact_permissions r where r.contact_id = d.id offset 0) p
    where d.id between %(first)s and %(last)s
)
update core.contacts c set
    given_name = d.given_name, family_name = d.family_name, seniority = d.seniority,
    company_domain = d.company_domain, country = d.country,
    can_email = d.may_email, can_call = d.may_call,
    version = c.version + d.is_changed::integer,
    updated_at = case when d.is_changed then %(now)s else c.updated_at end,
    updated_by = case when d.is_changed then w.actor else c.updated_by end,
    updated_login = case when d.is_changed then session_user else c.updated_login end
from decided d
cross join (select coalesce(audit.actor(), session_user) as actor offset 0) w
where c.id = d.id and c.id between %(first)s and %(last)s and (d.is_changed or (c.can_email, c.can_call) is distinct from (d.may_email, d.may_call))

-- step: analyze_contacts
-- Else the planner believes that nobody may be contacted, as before this stage, and counts the views five times slower.
analyze core.contacts

-- step: count_profiles
select count(*) as contacts from derived

-- step: count_filled
-- Of one chunk, before it is written.
select count(*) filter (where c.given_name is null and d.given_name is not null) as given_name,
    count(*) filter (where c.family_name is null and d.family_name is not null) as family_name,
    count(*) filter (where c.company_domain is null and d.company_domain is not null) as company_domain,
    count(*) filter (where c.country is null and d.country is not null) as country
from derived d join core.contacts c on c.id = d.id where d.id between %(first)s and %(last)s

-- step: next_chunk
select min(id) as first, max(id) as last from (
    select id from derived where id > %(after)s order by id limit %(limit)s) chunk

-- step: derived_chunk
select d.id, (select min(cs.row_number) from core.contact_sources cs
        where cs.contact_id = d.id and cs.drop_key = %(drop_key)s) as row_number,
    d.given_name, d.family_name, d.company_domain, d.country
from derived d
join core.contacts c on c.id = d.id
where d.id between %(first)s and %(last)s
    and (c.given_name, c.family_name, c.company_domain, c.country)
        is distinct from (d.given_name, d.family_name, d.company_domain, d.country)

-- step: forget_derived
-- What breaks its schema is not written: the contact stays as it is.
update derived d set given_name = c.given_name, family_name = c.family_name, seniority = c.seniority,
    company_domain = c.company_domain, country = c.country
from core.contacts c where c.id = d.id and d.id = any (%(ids)s)
