-- What follows from other fields of a contact, decided anew: given and family name from the name, country from phone and
-- location, company domain from company and address, seniority from the title. A part counts only where it was said
-- together with the value that the contact has now, so that no part of an old value stays beside a new one. Best first:
-- somebody of ours, a first-party source, whoever is trusted or sure most, the latest. Where nobody has said one, it is
-- read off the value itself, as far as that can be told.

-- An address at a company's domain that takes mail; that one mailbox of it is dead says nothing of the domain.
create or replace function core.domain_of_address(c core.contacts) returns text language sql immutable parallel safe
begin atomic
    select case when c.email_is_free is false and c.email_sub_status is distinct from 'not_checked'
            and (c.email_status in ('valid', 'unknown', 'catch_all')
                or c.email_sub_status in ('mailbox_not_found', 'mailbox_full', 'hard_bounce'))
        then nullif(pg_catalog.lower(pg_catalog.split_part(c.email, '@', -1)), '') end;
end;

-- A name of exactly two plain words is given and family name; anything else is left to a provider or a person.
create or replace function core.two_words(name text) returns text[] language sql immutable parallel safe
begin atomic
    select pg_catalog.regexp_match(name, '^([[:alpha:]][[:alpha:]''’-]+) ([[:alpha:]][[:alpha:]''’-]+)$');
end;

-- Of these contacts the parts that are not what they should be. new_value null: nobody says it any more.
create or replace function core.parts_to_change(ids bigint[])
returns table (contact_id bigint, field text, old_value text, new_value text, data_source text, confidence_score numeric)
language sql stable parallel safe
begin atomic
    with c as materialized (
        select k.*, core.two_words(k.name) as words, core.domain_of_address(k) as own_domain,
            case when k.phone_status = 'valid' then k.phone_country end as own_country, core.silenced(k.id) as silenced
        from core.contacts k where k.id = any (ids)
    ), from_rows as (
        select c.id, v.field, v.value, case when s.origin = 'first_party' then 2 else 1 end as origin, cs.source,
            coalesce(cs.confidence, s.trust, 0)::double precision as sure, coalesce(s.trust, 0)::double precision as trust,
            coalesce(cs.source_date, cs.landed_at) as said_at, v.holds
        from c
        join core.contact_sources cs on cs.contact_id = c.id
        join raw.landed_rows r on r.drop_key = cs.drop_key and r.row_number = cs.row_number
        left join core.sources s on s.name = cs.source
        cross join lateral (values
            ('given_name', r.given_name, r.name is not distinct from c.name),
            ('family_name', r.family_name, r.name is not distinct from c.name),
            ('country', r.country, (r.phone is null or r.phone = c.phone) and (r.location is null or r.location = c.location))
        ) v (field, value, holds)
        where core.heard(c.silenced, v.field, least(cs.source_date, cs.landed_at), v.value) is not null
    ), claims as (
        select k.*, max(k.value) filter (where k.field_name = 'name') over w as their_name,
            max(k.value) filter (where k.field_name = 'title') over w as their_title,
            max(k.value) filter (where k.field_name = 'company') over w as their_company,
            max(k.value) filter (where k.field_name = 'location') over w as their_location
        from core.profile_claims k
        where k.contact_id = any (ids) and core.is_heard(k.contact_id, k.field_name, k.data_source, k.claimed_at)
        window w as (partition by k.contact_id, k.data_source)
    ), from_claims as (
        select c.id, k.field_name, k.value, case when k.data_source like 'person:%' then 3 else 1 end as origin, k.data_source,
            k.confidence_score::double precision as sure, 0::double precision as trust, k.claimed_at,
            case
                -- A word of ours holds until somebody of ours says something else of what it follows from.
                when k.data_source like 'person:%' then not exists (
                    select from core.profile_claims l where l.contact_id = k.contact_id and l.data_source like 'person:%'
                        and l.claimed_at > k.claimed_at and l.field_name = any (case k.field_name
                            when 'seniority' then array['title'] when 'company_domain' then array['company']
                            when 'country' then array['phone', 'location'] else array['name'] end))
                when k.field_name in ('given_name', 'family_name') then k.their_name is not distinct from c.name
                when k.field_name = 'seniority' then k.their_title is not distinct from c.title
                when k.field_name = 'company_domain' then k.their_company is null or k.their_company = c.company
                when k.their_location is null then k.their_name is null or k.their_name = c.name
                else k.their_location = c.location
            end as holds
        from claims k join c on c.id = k.contact_id
        where k.field_name in ('given_name', 'family_name', 'seniority', 'company_domain', 'country')
    ), heard as (select * from from_rows union all select * from from_claims
    ), said as (
        select * from heard
        union all -- what was ruled holds until somebody says something else
        select r.contact_id, r.field_name, r.value, 3, 'person:' || r.ruled_by, 1, 0, r.ruled_at, not exists (
            select from heard h where h.id = r.contact_id and h.field = r.field_name and h.said_at > r.ruled_at)
        from core.ruled_values r where r.contact_id = any (ids) and r.value is not null
    ), best as (
        select distinct on (s.id, s.field) s.id, s.field, s.value, s.source, s.sure
        from said s where s.holds
        order by s.id, s.field, s.origin desc, s.trust desc, s.sure desc, s.said_at desc, s.source, s.value
    ), stored as (
        select c.id, v.field, v.value, v.follows, v.origin,
            -- Neither said nor read off anything: somebody typed it at a prompt. That stays, unless it contradicts the name.
            v.value is not null and (v.follows_name is not true or pg_catalog.strpos(pg_catalog.lower(c.name), pg_catalog.lower(v.value)) > 0)
                and not exists (select from said s where s.id = c.id and s.field = v.field and s.value = v.value)
                and not exists (select from core.enrichment_history h where h.contact_id = c.id and h.field_name = v.field
                    and h.new_value = v.value) as is_typed
        from c
        cross join lateral (select not exists (select from best b where b.id = c.id
            and b.field in ('given_name', 'family_name')) as has_no_parts) n
        cross join lateral (values
            ('given_name', c.given_name, case when n.has_no_parts then c.words[1] end, 'derived:name', c.name is not null),
            ('family_name', c.family_name, case when n.has_no_parts then c.words[2] end, 'derived:name', c.name is not null),
            ('seniority', c.seniority, null, 'derived:title', false),
            ('company_domain', c.company_domain, c.own_domain, 'derived:email', false),
            ('country', c.country, c.own_country, 'derived:phone', false)
        ) v (field, value, follows, origin, follows_name)
    ), decided as (
        select t.id, t.field, t.value as old_value,
            case when t.is_typed then t.value else coalesce(b.value, t.follows) end as new_value,
            case when b.value is null then t.origin else b.source end as data_source,
            case when b.value is not null then pg_catalog.round(b.sure::numeric, 2) end as confidence_score
        from stored t left join best b on b.id = t.id and b.field = t.field
    )
    select d.id, d.field, d.old_value, d.new_value, d.data_source, d.confidence_score
    from decided d where d.new_value is distinct from d.old_value;
end;
