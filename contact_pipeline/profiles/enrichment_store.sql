-- Whom providers are asked about, what they said, and what came of it. Everybody here is due, documented and not suppressed.

-- step: create_candidates
-- Lives as long as the connection: providers are asked outside of any transaction. n: who is worth most comes first.
create temporary table candidates as
select row_number() over (order by
        case %(order_1)s when 'uses' then v.uses when 'trust' then v.trust when 'completeness' then v.filled when 'newest' then v.newest end desc nulls last,
        case %(order_2)s when 'uses' then v.uses when 'trust' then v.trust when 'completeness' then v.filled when 'newest' then v.newest end desc nulls last,
        case %(order_3)s when 'uses' then v.uses when 'trust' then v.trust when 'completeness' then v.filled when 'newest' then v.newest end desc nulls last,
        c.id) as n,
    c.id as contact_id
from core.contacts c
join core.contact_permissions p on p.contact_id = c.id and p.has_profile_ground
cross join lateral (
    select (select count(*) from core.outreach_history o where o.contact_id = c.id)::double precision as uses,
        (select max(s.trust) from core.contact_sources cs join core.sources s on s.name = cs.source
            where cs.contact_id = c.id)::double precision as trust,
        core.filled(c, %(key_fields)s)::double precision as filled,
        extract(epoch from c.created_at)::double precision as newest
) v
where c.id in (select contact_id from core.contact_sources where drop_key = %(drop_key)s)
    and (c.profile_due_at is null or c.profile_due_at <= %(now)s or c.profile_rules is distinct from %(rules)s)

-- step: index_candidates
create unique index on candidates (n);
create unique index on candidates (contact_id)

-- step: count_candidates
select count(*) as contacts from candidates

-- step: candidate_chunk
select c.id as contact_id, c.name, c.given_name, c.family_name, c.email, c.email_status, c.hard_bounce, c.email_is_free,
    c.phone, c.phone_e164, c.phone_status, c.company, c.company_domain, c.title, c.seniority, c.linkedin_url, c.location,
    c.country,
    exists (select from core.contact_sources cs where cs.contact_id = c.id and cs.source = any (%(linkedin_sources)s)) as is_linkedin_source
from candidates x join core.contacts c on c.id = x.contact_id
join core.contact_permissions p on p.contact_id = c.id and p.has_profile_ground -- somebody may have opted out meanwhile
where x.n > %(after)s and x.n <= %(upto)s order by x.n

-- step: contacts_now
select c.id as contact_id, c.name, c.given_name, c.family_name, c.email, c.email_status, c.hard_bounce, c.email_is_free,
    c.phone, c.phone_e164, c.phone_status, c.company, c.company_domain, c.title, c.seniority, c.linkedin_url, c.location,
    c.country,
    exists (select from core.contact_sources cs where cs.contact_id = c.id and cs.source = any (%(linkedin_sources)s)) as is_linkedin_source
from core.contacts c where c.id = any (%(ids)s) order by c.id

-- step: origin_rows
-- Every value that somebody claims for a field and that is heard, with who, when and how much is thought of them.
with said as (
select cs.contact_id, v.field, v.value, case when s.origin = 'first_party' then 2 else 1 end as origin, cs.source,
    coalesce(cs.confidence, s.trust, 0)::double precision as confidence, coalesce(cs.source_date, cs.landed_at) as said_at,
    (select case when core.has_bounced(p.email_key) then 'invalid' else p.status end
        from core.contact_points p where p.contact_id = cs.contact_id and p.kind = v.field and p.value = v.value) as status,
    cs.drop_key as place, cs.row_number, least(cs.source_date, cs.landed_at) as dated
from core.contact_sources cs
join raw.landed_rows r on r.drop_key = cs.drop_key and r.row_number = cs.row_number
left join core.sources s on s.name = cs.source
cross join lateral (values ('name', r.name), ('given_name', r.given_name), ('family_name', r.family_name),
    ('email', coalesce(r.email_normalized, r.email)), ('phone', r.phone), ('company', r.company), ('title', r.title),
    ('linkedin_url', r.linkedin_url), ('location', r.location), ('country', r.country)) v (field, value)
where cs.contact_id = any (%(ids)s) and v.value is not null
    and core.is_heard(cs.contact_id, v.field, cs.source, least(cs.source_date, cs.landed_at))
union all
select k.contact_id, k.field_name, k.value, case when k.data_source like 'person:%%' then 3 else 1 end, k.data_source,
    k.confidence_score::double precision, k.claimed_at,
    (select case when core.has_bounced(p.email_key) then 'invalid' else p.status end
        from core.contact_points p where p.contact_id = k.contact_id and p.kind = k.field_name and p.value = k.value),
    case when k.data_source like 'person:%%' then k.data_source else '' end, 0, k.claimed_at
from core.profile_claims k
where k.contact_id = any (%(ids)s) and core.is_heard(k.contact_id, k.field_name, k.data_source, k.claimed_at)
union all
-- What was once applied: a provider that says something else by now must not leave its old word to nobody.
select h.contact_id, h.field_name, h.new_value, 1, h.data_source, coalesce(max(h.confidence_score), 0.5)::double precision,
    max(h.enriched_at), null, '', 0, max(h.enriched_at)
from core.enrichment_history h
where h.contact_id = any (%(ids)s) and (h.data_source like 'derived:%%' or h.data_source like 'provider:%%') and h.new_value is not null
    and core.is_heard(h.contact_id, h.field_name, h.data_source, h.enriched_at)
group by h.contact_id, h.field_name, h.new_value, h.data_source
)
select contact_id, field, value, origin, source, confidence, said_at, status, place, row_number from said
union all
-- What was ruled counts for nothing as soon as somebody says something later.
select r.contact_id, r.field_name, r.value, 3, 'person:' || r.ruled_by,
    case when exists (select from said s where s.contact_id = r.contact_id and s.field = r.field_name and s.dated > r.ruled_at)
        then 0 else 1 end, r.ruled_at, null, 'ruling', 0
from core.ruled_values r where r.contact_id = any (%(ids)s) and r.value is not null
order by 1, 2, 5, 7, 3

-- step: answers
-- The latest of each provider about each subject, while it is fresh.
select distinct on (a.subject_key, a.layer, a.provider) a.subject_key, a.layer, a.provider, a.facts, a.answered_at
from core.provider_answers a
where a.subject_key = any (%(keys)s) and a.layer = any (%(layers)s)
    and a.answered_at > %(now)s - make_interval(days => %(days)s)
order by a.subject_key, a.layer, a.provider, a.answered_at desc

-- step: rests
-- When a question that got no answer is worth asking again.
select k.subject_key, min(k.retry_at) as retry_at
from ops.provider_calls k
where k.subject_key = any (%(keys)s) and k.layer = any (%(layers)s) and k.outcome in ('pending', 'failed', 'outcome_unknown')
    and k.retry_at > %(now)s
    and not exists (select from ops.provider_calls l where l.subject_key = k.subject_key and l.layer = k.layer
        and l.provider = k.provider and l.id > k.id)
group by k.subject_key

-- step: stale_domains
select d.domain from unnest(%(domains)s::text[]) d (domain)
where not exists (select from core.companies k where k.domain = d.domain
    and k.verified_at > %(now)s - make_interval(days => %(company_days)s))

-- step: upsert_companies
insert into core.companies (domain, name, industry, employees, employee_range, founded_year, location, country, linkedin_url,
    data_source, verified_at)
select r.domain, r.name, r.industry, r.employees, r.employee_range, r.founded_year, r.location, r.country, r.linkedin_url,
    r.data_source, r.verified_at
from jsonb_to_recordset(%(rows)s::jsonb) as r (domain text, name text, industry text, employees integer, employee_range text,
    founded_year integer, location text, country text, linkedin_url text, data_source text, verified_at timestamptz)
order by r.domain
on conflict (domain) do update set
    name = coalesce(excluded.name, companies.name), industry = coalesce(excluded.industry, companies.industry),
    employees = coalesce(excluded.employees, companies.employees),
    employee_range = coalesce(excluded.employee_range, companies.employee_range),
    founded_year = coalesce(excluded.founded_year, companies.founded_year),
    location = coalesce(excluded.location, companies.location), country = coalesce(excluded.country, companies.country),
    linkedin_url = coalesce(excluded.linkedin_url, companies.linkedin_url),
    data_source = excluded.data_source, verified_at = excluded.verified_at
where companies.verified_at < excluded.verified_at

-- step: taken_keys
-- Addresses found for one contact that are another's already: two contacts may be one person.
select k.email_key, min(c.id) as contact_id from unnest(%(keys)s::bytea[]) k (email_key) join core.contacts c on c.email_key = k.email_key
group by 1

-- step: note_questions
-- By which keys somebody was asked about: when the contact goes, the answers go with it.
insert into core.profile_questions (contact_id, subject_key)
select r.contact_id, decode(r.subject_key, 'hex') from jsonb_to_recordset(%(rows)s::jsonb) as r (contact_id bigint, subject_key text)
order by 1, 2
on conflict do nothing

-- step: upsert_claims
insert into core.profile_claims (contact_id, field_name, data_source, value, confidence_score, claimed_at)
select r.contact_id, r.field_name, r.data_source, r.value, r.confidence_score, r.claimed_at
from jsonb_to_recordset(%(rows)s::jsonb) as r (contact_id bigint, field_name text, data_source text, value text,
    confidence_score numeric, claimed_at timestamptz)
order by 1, 2, 3
on conflict (contact_id, field_name, data_source) do update set value = excluded.value,
    confidence_score = excluded.confidence_score, claimed_at = excluded.claimed_at
where profile_claims.claimed_at < excluded.claimed_at

-- step: keep_replaced_points
-- With its verdict: a dead address must not come back as if nobody knew it.
insert into core.contact_points (contact_id, kind, value, position, drop_key, email_key, phone_key, status, sub_status, verified_at,
    due_at, rules)
select c.id, r.field, v.value, 0, %(drop_key)s, v.email_key, v.phone_key, v.status, v.sub_status, v.verified_at,
    coalesce(v.due_at, %(now)s + make_interval(days => %(refresh_days)s)), v.rules
from jsonb_to_recordset(%(rows)s::jsonb) as r (contact_id bigint, field text)
join core.contacts c on c.id = r.contact_id
cross join lateral (values
    ('email', c.email, c.email_key, null::bytea, case when c.hard_bounce then 'invalid' else c.email_status end,
        case when c.hard_bounce then 'hard_bounce' else c.email_sub_status end, c.email_verified_at, c.email_due_at, c.email_rules),
    ('phone', c.phone, null, c.phone_key, c.phone_status, c.phone_sub_status, c.phone_verified_at, c.phone_due_at, c.phone_rules)
) v (kind, value, email_key, phone_key, status, sub_status, verified_at, due_at, rules)
where r.field = v.kind and v.value is not null
on conflict (contact_id, kind, value) do update set status = excluded.status, sub_status = excluded.sub_status,
    verified_at = excluded.verified_at, due_at = excluded.due_at, rules = excluded.rules

-- step: insert_history
insert into core.enrichment_history (contact_id, field_name, old_value, new_value, data_source, confidence_score, enriched_at, enriched_by)
select r.contact_id, r.field, r.old, r.new, r.source, r.confidence, %(now)s, %(enriched_by)s
from jsonb_to_recordset(%(rows)s::jsonb) as r (contact_id bigint, field text, old text, new text, source text, confidence numeric)
order by r.contact_id, r.field

-- step: update_contacts
-- A new address or number is not judged yet: contact_changed() takes verdict and permission with the old one, and nobody
-- may use it before it is (contact_permissions).
update core.contacts c set
    name = case when r.new ? 'name' then r.new ->> 'name' else c.name end,
    email = case when r.new ? 'email' then r.new ->> 'email' else c.email end,
    email_key = case when r.new ? 'email' then decode(r.new ->> 'email_key', 'hex') else c.email_key end,
    phone = case when r.new ? 'phone' then r.new ->> 'phone' else c.phone end,
    title = case when r.new ? 'title' then r.new ->> 'title' else c.title end,
    company = case when r.new ? 'company' then r.new ->> 'company' else c.company end,
    linkedin_url = case when r.new ? 'linkedin_url' then r.new ->> 'linkedin_url' else c.linkedin_url end,
    location = case when r.new ? 'location' then r.new ->> 'location' else c.location end
from jsonb_array_elements(%(rows)s::jsonb) r (new)
where c.id = (r.new ->> 'contact_id')::bigint

-- step: note_profiles
-- Apart from the values, so that a contact of whom nothing changed is not rewritten by hand's trigger.
update core.contacts c set
    identity_confidence = coalesce(r.identity_confidence, c.identity_confidence),
    identity_verified_at = case when r.identity_confidence is not null then %(now)s else c.identity_verified_at end,
    profile_verified_at = case when r.is_answered then %(now)s else c.profile_verified_at end,
    profile_rules = %(rules)s,
    profile_due_at = coalesce(r.due_at, %(now)s + core.jittered(%(refresh_days)s, decode(r.subject_key, 'hex')))
from jsonb_to_recordset(%(rows)s::jsonb) as r (contact_id bigint, subject_key text, identity_confidence numeric, is_answered boolean,
    due_at timestamptz)
where c.id = r.contact_id

-- step: upsert_identity
insert into core.identity_checks (contact_id, check_name, verdict, source, checked_at, number)
select r.contact_id, r.check_name, r.verdict, r.source, r.checked_at, r.number
from jsonb_to_recordset(%(rows)s::jsonb) as r (contact_id bigint, check_name text, verdict text, source text,
    checked_at timestamptz, number integer)
order by 1, 2
on conflict (contact_id, check_name) do update set verdict = excluded.verdict, source = excluded.source,
    checked_at = excluded.checked_at, number = excluded.number
where (identity_checks.verdict, identity_checks.source, identity_checks.checked_at, identity_checks.number)
    is distinct from (excluded.verdict, excluded.source, excluded.checked_at, excluded.number)

-- step: upsert_agreement
insert into core.field_agreement (contact_id, field_name, sources, agreeing, checked_at)
select r.contact_id, r.field, r.sources, r.agreeing, %(now)s
from jsonb_to_recordset(%(rows)s::jsonb) as r (contact_id bigint, field text, sources integer, agreeing integer)
order by 1, 2
on conflict (contact_id, field_name) do update set sources = excluded.sources, agreeing = excluded.agreeing,
    checked_at = excluded.checked_at
where (field_agreement.sources, field_agreement.agreeing) is distinct from (excluded.sources, excluded.agreeing)

-- step: open_reviews
-- One open review for a field of a contact; a newer disagreement replaces what it shows. What a person has decided is not
-- asked again.
insert into ops.reviews (kind, contact_id, other_contact_id, drop_key, field_name, details)
select r.kind, r.contact_id, r.other_contact_id, %(drop_key)s, r.field, r.details
from jsonb_to_recordset(%(rows)s::jsonb) as r (kind text, contact_id bigint, other_contact_id bigint, field text, details jsonb)
where not exists (select from ops.reviews o where o.contact_id = r.contact_id and o.kind = r.kind and o.field_name = r.field
    and o.decision <> 'settled' and o.details = r.details)
order by r.contact_id, r.field
on conflict (contact_id, kind, field_name) where closed_at is null and field_name is not null
    do update set details = excluded.details where reviews.details is distinct from excluded.details

-- step: close_settled_reviews
-- What the sources agree on by now needs nobody.
update ops.reviews v set closed_at = %(now)s, closed_by = 'contact_pipeline', decision = 'settled', reason = 'the sources agree'
from jsonb_to_recordset(%(rows)s::jsonb) as r (contact_id bigint, field text)
where v.kind = 'field_disagreement' and v.closed_at is null and v.contact_id = r.contact_id and v.field_name = r.field

-- step: completeness
select avg(core.filled(c, %(key_fields)s)::double precision / greatest(cardinality(%(key_fields)s::text[]), 1)) as share
from core.contacts c where c.id in (select contact_id from core.contact_sources where drop_key = %(drop_key)s)

-- step: insert_run
insert into ops.enrichment_runs (drop_key, run_id, started_at, contacts, asked, found, refused, cost, completeness_before,
    completeness_after, by_provider, by_field)
values (%(drop_key)s, %(run_id)s, %(now)s, %(contacts)s, %(asked)s, %(found)s, %(refused)s, %(cost)s, %(before)s, %(after_share)s,
    %(by_provider)s::jsonb, %(by_field)s::jsonb)
