-- How sure we are of each published contact: seven questions, and how far the sources agree. No value of a person here.
-- Of whom nobody was asked, or nobody said anything, every answer is unknown.
create view curated.identity_confirmation as
select c.public_id as contact_id, c.identity_confidence, c.identity_verified_at,
    coalesce(i.verdicts ->> 'profile_exists', 'unknown') as profile_exists,
    coalesce(i.verdicts ->> 'name_matches', 'unknown') as name_matches,
    coalesce(i.verdicts ->> 'title_matches', 'unknown') as title_matches,
    coalesce(i.verdicts ->> 'company_matches', 'unknown') as company_matches,
    coalesce(i.verdicts ->> 'photo_exists', 'unknown') as photo_exists,
    coalesce(i.verdicts ->> 'active_90_days', 'unknown') as active_90_days,
    coalesce(i.verdicts ->> 'email_seen', 'unknown') as email_seen,
    i.email_sources, coalesce(i.evidence, '{}') as evidence,
    (select jsonb_object_agg(a.field_name, jsonb_build_object('sources', a.sources, 'agreeing', a.agreeing))
        from core.field_agreement a where a.contact_id = c.id) as agreement,
    (select sum(a.agreeing)::double precision / sum(a.sources) from core.field_agreement a
        where a.contact_id = c.id and a.sources > 1) as agreement_share
from core.contacts c
left join (
    select contact_id, jsonb_object_agg(check_name, verdict) as verdicts,
        max(number) filter (where check_name = 'email_seen') as email_sources,
        jsonb_object_agg(check_name, jsonb_build_object('source', source, 'checked_at', checked_at)) as evidence
    from core.identity_checks group by contact_id
) i on i.contact_id = c.id
where exists (select from core.contact_sources cs join raw.drops r on r.key = cs.drop_key
    where cs.contact_id = c.id and r.published_at is not null);

create view curated.companies as
select k.domain, k.name, k.industry, k.employees, k.employee_range, k.founded_year, k.location, k.country, k.linkedin_url,
    k.data_source, k.verified_at
from core.companies k;
