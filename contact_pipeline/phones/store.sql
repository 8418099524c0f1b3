-- Verdicts for the numbers of a drop's contacts that are due. The region is the row's country, else the default of the
-- most trusted source that names one; never a guess: where a row with the number has a country that nobody could read,
-- there is no region.

-- step: create_due
create temporary table due as
select row_number() over (order by contact_id, point_id nulls first) as n, d.contact_id, d.point_id, d.phone,
    coalesce(d.country, region.default_region) as region
from (
    select c.id as contact_id, null::bigint as point_id, c.phone, c.country
    from core.contacts c
    where c.phone is not null
        and (c.phone_due_at is null or c.phone_due_at <= %(now)s or c.phone_rules is distinct from %(rules)s)
        and c.id in (select contact_id from core.contact_sources where drop_key = %(drop_key)s)
    union all
    select p.contact_id, p.id, p.value, c.country
    from core.contact_points p join core.contacts c on c.id = p.contact_id
    where p.kind = 'phone' and (p.due_at is null or p.due_at <= %(now)s or p.rules is distinct from %(rules)s)
        and p.contact_id in (select contact_id from core.contact_sources where drop_key = %(drop_key)s)
) d
left join lateral (
    select s.default_region from core.contact_sources cs join core.sources s on s.name = cs.source
    where cs.contact_id = d.contact_id and s.default_region is not null
    order by s.trust desc, cs.landed_at desc, cs.drop_key, cs.row_number limit 1
) region on d.country is null and not exists (
    select from core.contact_sources cs join raw.landed_rows r on r.drop_key = cs.drop_key and r.row_number = cs.row_number
    where cs.contact_id = d.contact_id and 'country:uncertain' = any (r.repairs)
        and (r.phone = d.phone or d.phone = any (r.more_phones)))

-- step: index_due
create unique index on due (n)

-- step: analyze_due
analyze due

-- step: count_due
select count(*) as due from due

-- step: create_askable
-- Whom a provider may be asked about: a ground for using the number (no ground, no disclosure).
-- turn: as in emails.sql.
create temporary table askable as
select d.n, row_number() over (order by c.phone_carrier_verified_at nulls first, coalesce(u.uses, 0) desc, d.n) as turn
from due d
join core.contact_permissions p on p.contact_id = d.contact_id and p.has_phone_ground
join core.contacts c on c.id = d.contact_id
left join (select contact_id, count(*) as uses from core.outreach_history where channel <> 'email' group by 1) u
    on u.contact_id = d.contact_id

-- step: create_empty_askable
create temporary table askable (n bigint, turn bigint)

-- step: index_askable
create unique index on askable (n);
create index on askable (turn)

-- step: analyze_askable
analyze askable

-- step: askable_chunk
select d.phone, d.region from askable a join due d on d.n = a.n
where a.turn > %(after)s and a.turn <= %(upto)s order by a.turn

-- step: due_chunk
select n, phone, region from due where n > %(after)s and n <= %(upto)s

-- step: create_judged
create temporary table judged (
    n bigint primary key, phone_key bytea, phone_e164 text, extension text, country text, phone_type text,
    status text, sub_status text,
    lookup_call bigint, lookup_status text, lookup_sub_status text, line_type text, carrier text, voip_kind text,
    is_active boolean, lookup_verified_at timestamptz, due_at timestamptz
)

-- step: create_verdict
-- What a look-up said of a number: an answer that settles something before one that does not, then the latest.
create temporary view lookup as
select distinct on (j.n) j.n, case when c.outcome = 'answered' then c.id end as id, c.facts, c.settled_at,
    case
        when c.id is not null and c.settled_at is null then %(again_at)s
        when coalesce(c.retry_at, c.settled_at + core.jittered(%(refresh_days)s, j.phone_key)) > %(now)s
            then coalesce(c.retry_at, c.settled_at + core.jittered(%(refresh_days)s, j.phone_key))
        when a.n is not null and %(shortfall)s::text is not null then %(again_at)s -- as in emails.sql
    end as again_at
from judged j
left join askable a on a.n = j.n
left join ops.provider_calls c on c.subject_key = j.phone_key and c.layer = 'carrier'
    and c.reserved_at > %(now)s - make_interval(days => %(refresh_days)s)
where j.phone_key is not null and (c.id is not null or (a.n is not null and %(shortfall)s::text is not null))
order by j.n, c.outcome = 'answered' desc, c.status is distinct from 'unknown' desc, c.settled_at desc nulls last

-- step: add_lookups
update judged j set
    lookup_call = l.id, lookup_status = nullif(l.facts ->> 'status', 'unknown'), lookup_sub_status = l.facts ->> 'sub_status',
    line_type = nullif(l.facts ->> 'line_type', 'unknown'), carrier = l.facts ->> 'carrier', voip_kind = l.facts ->> 'voip_kind',
    is_active = (l.facts ->> 'is_active')::boolean, lookup_verified_at = case when l.id is not null then l.settled_at end,
    due_at = l.again_at
from lookup l where l.n = j.n and j.n between %(first)s and %(last)s

-- step: last_validation
select max(id) as id from core.phone_validations

-- step: forget_settled
-- Another drop with the same people was judged while this one was.
delete from judged j using due d
where d.n = j.n and case
    when d.point_id is null then exists (select from core.contacts c where c.id = d.contact_id
        and c.phone_due_at > %(now)s and c.phone_rules = %(rules)s)
    else exists (select from core.contact_points p where p.id = d.point_id and p.due_at > %(now)s and p.rules = %(rules)s) end

-- step: analyze_judged
analyze judged

-- step: forget_judged
truncate judged

-- step: insert_validations
insert into core.phone_validations (contact_id, phone, layer, provider, status, sub_status, line_type, validated_at)
select d.contact_id, coalesce(j.phone_e164, d.phone), 'format', 'libphonenumber', j.status, j.sub_status, j.phone_type, %(now)s
from judged j join due d on d.n = j.n and d.n between %(first)s and %(last)s order by d.contact_id

-- step: update_contacts
-- A look-up outranks the numbering plan.
with verdict as materialized (
    select d.contact_id, d.phone, j.n, j.phone_key, j.phone_e164, j.extension, j.country, j.carrier, j.voip_kind, j.is_active,
        j.lookup_verified_at, j.due_at, coalesce(j.line_type, j.phone_type) as phone_type,
        coalesce(j.lookup_status, j.status) as status,
        case j.lookup_status when 'invalid' then coalesce(j.lookup_sub_status, 'not_assigned') else j.sub_status end as sub_status
    from judged j join due d on d.n = j.n and d.point_id is null and d.n between %(first)s and %(last)s
)
update core.contacts c set
    phone_e164 = v.phone_e164, phone_extension = v.extension, phone_key = v.phone_key, phone_country = v.country,
    phone_type = v.phone_type, phone_status = v.status, phone_sub_status = v.sub_status, phone_rules = %(rules)s,
    phone_verified_at = case when v.status <> 'unknown' then %(now)s else c.phone_verified_at end,
    phone_due_at = least(%(now)s + core.jittered(%(refresh_days)s, coalesce(v.phone_key, '\x00'::bytea)), v.due_at),
    phone_carrier = coalesce(v.carrier, c.phone_carrier), phone_voip_kind = v.voip_kind, phone_active = v.is_active,
    phone_carrier_verified_at = coalesce(v.lookup_verified_at, c.phone_carrier_verified_at),
    profile_due_at = case when v.status = 'invalid' and c.phone_status <> 'invalid' then null else c.profile_due_at end,
    can_call = c.can_call and v.status = 'valid'
from verdict v
where c.id = v.contact_id and c.phone = v.phone
    and c.id between (select contact_id from due where n = %(first)s) and (select contact_id from due where n = %(last)s)

-- step: update_points
update core.contact_points p set
    phone_e164 = j.phone_e164, phone_key = j.phone_key, phone_country = j.country,
    phone_type = coalesce(j.line_type, j.phone_type), status = coalesce(j.lookup_status, j.status),
    sub_status = case j.lookup_status when 'invalid' then coalesce(j.lookup_sub_status, 'not_assigned') else j.sub_status end,
    rules = %(rules)s,
    verified_at = case when j.status <> 'unknown' then %(now)s else p.verified_at end,
    due_at = least(%(now)s + core.jittered(%(refresh_days)s, coalesce(j.phone_key, '\x00'::bytea)), j.due_at)
from judged j join due d on d.n = j.n and d.point_id is not null and d.n between %(first)s and %(last)s
where p.id = d.point_id

-- step: insert_lookup_validations
insert into core.phone_validations (contact_id, phone, layer, provider, status, sub_status, carrier, line_type, is_active,
    raw_status, raw_sub_status, validated_at)
select d.contact_id, j.phone_e164, 'carrier', c.provider, c.facts ->> 'status', c.facts ->> 'sub_status', c.facts ->> 'carrier',
    c.facts ->> 'line_type', (c.facts ->> 'is_active')::boolean, c.raw_status, c.raw_sub_status, c.settled_at
from judged j join due d on d.n = j.n and d.n between %(first)s and %(last)s
join ops.provider_calls c on c.id = j.lookup_call
where not exists (select from core.phone_validations v where v.contact_id = d.contact_id and v.layer = 'carrier'
    and v.provider = c.provider and v.validated_at = c.settled_at and v.phone = j.phone_e164)
order by d.contact_id

-- step: verdicts
select c.phone_status as status, coalesce(c.phone_sub_status, '') as sub_status, count(*) as rows
from core.contacts c
where c.phone is not null and c.id in (select contact_id from core.contact_sources where drop_key = %(drop_key)s)
group by 1, 2
