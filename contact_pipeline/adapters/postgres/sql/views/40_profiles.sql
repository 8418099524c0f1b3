-- How sure we are of each published contact: seven questions, and how far the sources agree. No value of a person here.
create view curated.identity_confirmation as
select c.public_id as contact_id, c.identity_confidence, c.identity_verified_at,
    max(i.verdict) filter (where i.check_name = 'profile_exists') as profile_exists,
    max(i.verdict) filter (where i.check_name = 'name_matches') as name_matches,
    max(i.verdict) filter (where i.check_name = 'title_matches') as title_matches,
    max(i.verdict) filter (where i.check_name = 'company_matches') as company_matches,
    max(i.verdict) filter (where i.check_name = 'photo_exists') as photo_exists,
    max(i.verdict) filter (where i.check_name = 'active_90_days') as active_90_days,
    max(i.verdict) filter (where i.check_name = 'email_seen') as email_seen,
    max(i.number) filter (where i.check_name = 'email_seen') as email_sources,
    jsonb_object_agg(i.check_name, jsonb_build_object('source', i.source, 'checked_at', i.checked_at)) as evidence,
    (select jsonb_object_agg(a.field_name, jsonb_build_object('sources', a.sources, 'agreeing', a.agreeing))
        from core.field_agreement a where a.contact_id = c.id) as agreement,
    (select sum(a.agreeing)::double precision / sum(a.sources) from core.field_agreement a
        where a.contact_id = c.id and a.sources > 1) as agreement_share
from core.contacts c
join core.identity_checks i on i.contact_id = c.id
where exists (select from core.contact_sources cs join raw.drops r on r.key = cs.drop_key
    where cs.contact_id = c.id and r.published_at is not null)
group by c.id;

create view curated.companies as
select k.domain, k.name, k.industry, k.employees, k.employee_range, k.founded_year, k.location, k.country, k.linkedin_url,
    k.data_source, k.verified_at
from core.companies k;
