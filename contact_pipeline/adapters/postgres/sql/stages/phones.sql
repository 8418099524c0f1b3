-- Verdicts for the numbers of a drop's contacts that are due. The region is the row's country, else the default of the
-- most trusted source that names one; never a guess.

-- step: create_due
create temporary table due on commit drop as
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
) region on d.country is null

-- step: index_due
create unique index on due (n)

-- step: analyze_due
analyze due

-- step: count_due
select count(*) as due from due

-- step: due_chunk
select n, phone, region from due where n > %(after)s and n <= %(upto)s

-- step: create_judged
create temporary table judged (
    n bigint primary key, phone_key bytea, phone_e164 text, extension text, country text, phone_type text,
    status text, sub_status text
) on commit drop

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
with verdict as materialized (
    select d.contact_id, d.phone, j.* from judged j join due d on d.n = j.n and d.point_id is null and d.n between %(first)s and %(last)s
)
update core.contacts c set
    phone_e164 = v.phone_e164, phone_extension = v.extension, phone_key = v.phone_key, phone_country = v.country,
    phone_type = v.phone_type, phone_status = v.status, phone_sub_status = v.sub_status, phone_rules = %(rules)s,
    phone_verified_at = case when v.status <> 'unknown' then %(now)s else c.phone_verified_at end,
    phone_due_at = %(now)s + make_interval(days => %(refresh_days)s),
    can_call = c.can_call and v.status = 'valid'
from verdict v
where c.id = v.contact_id and c.phone = v.phone
    and c.id between (select contact_id from due where n = %(first)s) and (select contact_id from due where n = %(last)s)

-- step: update_points
update core.contact_points p set
    phone_e164 = j.phone_e164, phone_key = j.phone_key, phone_country = j.country, phone_type = j.phone_type,
    status = j.status, sub_status = j.sub_status, rules = %(rules)s,
    verified_at = case when j.status <> 'unknown' then %(now)s else p.verified_at end,
    due_at = %(now)s + make_interval(days => %(refresh_days)s)
from judged j join due d on d.n = j.n and d.point_id is not null and d.n between %(first)s and %(last)s
where p.id = d.point_id

-- step: verdicts
select c.phone_status as status, coalesce(c.phone_sub_status, '') as sub_status, count(*) as rows
from core.contacts c
where c.phone is not null and c.id in (select contact_id from core.contact_sources where drop_key = %(drop_key)s)
group by 1, 2
