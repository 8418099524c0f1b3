-- step: known_records
-- Record ids and keys of rows of theirs that no other contact has.
select distinct cs.source, cs.record_id, cs.row_key from core.contact_sources_ever cs
where cs.contact_id = any (%(ids)s) and (cs.record_id is not null or cs.row_key is not null)
    and not exists (select from core.contact_sources o where o.source = cs.source and o.record_id = cs.record_id
        and not o.contact_id = any (%(ids)s))
    and not exists (select from core.contact_sources o where o.source = cs.source and o.row_key = cs.row_key
        and not o.contact_id = any (%(ids)s))

-- step: shared_profiles
select distinct u.url from unnest(%(urls)s::text[]) u (url)
where exists (select from core.contacts c where c.linkedin_url = u.url and not c.id = any (%(ids)s))

-- step: known_keys
select k.key, k.channel from (
    select email_key as key, 'email' as channel from core.contacts where id = any (%(ids)s)
    union select phone_key, 'phone' from core.contacts where id = any (%(ids)s)
    union select email_key, 'email' from core.contact_points where contact_id = any (%(ids)s)
    union select phone_key, 'phone' from core.contact_points where contact_id = any (%(ids)s)
) k where k.key is not null

-- step: shared_keys
-- Those that somebody has who stays: a switchboard must not be closed for all.
select k.hex from unnest(%(hex_keys)s::text[], %(channels)s::text[]) k (hex, channel)
cross join lateral (select decode(k.hex, 'hex') as key offset 0) d
where case k.channel
    when 'email' then exists (select from core.contacts c where c.email_key = d.key and not c.id = any (%(ids)s))
        or exists (select from core.contact_points p where p.email_key = d.key and not p.contact_id = any (%(ids)s))
        or exists (select from core.address_keys a join core.contacts c on c.email_key = a.email_key
            where a.canonical_key = d.key and not c.id = any (%(ids)s))
        or exists (select from core.address_keys a join core.contact_points p on p.email_key = a.email_key
            where a.canonical_key = d.key and not p.contact_id = any (%(ids)s))
    else exists (select from core.contacts c where c.phone_key = d.key and not c.id = any (%(ids)s))
        or exists (select from core.contact_points p where p.phone_key = d.key and not p.contact_id = any (%(ids)s))
    end

-- step: known_regions
-- By which their numbers may have been read: a number without a country code is another one in another country.
select distinct region from (
    select unnest(array[country, phone_country]) as region from core.contacts where id = any (%(ids)s)
    union all
    select unnest(array[r.country, s.default_region])
    from core.contact_sources_ever cs
    join raw.landed_rows r on r.drop_key = cs.drop_key and r.row_number = cs.row_number
    left join core.sources s on s.name = cs.source
    where cs.contact_id = any (%(ids)s)
) x where region is not null

-- step: loose_rows
-- Rows that are tied to nobody: quarantined, waiting in a held drop, of a file of opt-outs, of a drop that was rolled back,
-- or of a contact that was deleted by hand. Of these, all that may be theirs (`is_known`: there is something to look for); the rule of landing
-- decides (people/erased.py).
select d.source, r.drop_key, r.row_number, r.record_id, r.name, r.given_name, r.family_name, r.email, r.more_emails, r.phone,
    r.more_phones, r.company, r.title, r.linkedin_url, r.location, r.country, r.extra::text as extra
from raw.landed_rows r join raw.drops d on d.key = r.drop_key
where (r.contact_id is null or d.rolled_back_at is not null or not exists (select from core.contacts c where c.id = r.contact_id))
    and r.outcome is distinct from 'erased'
    and (not %(is_known)s or r.record_id = any (%(records)s)
        or regexp_replace(concat_ws(' ', r.phone, array_to_string(r.more_phones, ' ')), '[^0-9]', '', 'g') like any (%(tails)s)
        or lower(concat_ws(E'\x1f', r.name, r.given_name, r.family_name, r.email, r.email_normalized,
            array_to_string(r.more_emails, E'\x1f'), r.linkedin_url, r.extra::text)) like any (%(likes)s))
order by d.source, r.drop_key, r.row_number

-- step: doom_loose
insert into doomed select r.drop_key, r.row_number, r.outcome
from unnest(%(drops)s::text[], %(numbers)s::bigint[]) k (drop_key, row_number)
join raw.landed_rows r on r.drop_key = k.drop_key and r.row_number = k.row_number
where not exists (select from doomed d where d.drop_key = k.drop_key and d.row_number = k.row_number)
