-- Keys that more than one person bears: a company's customer number, an address of a household. Runs before the rows of
-- a drop are matched, over the temporary table `incoming`; ordinary rows are not touched.

-- step: doubtful_records
-- A record id with several addresses in this drop. One that comes again later with another address was corrected.
with doubtful as (
    select record_id from incoming where record_id is not null and email_key is not null
    group by record_id having count(distinct email_key) > 1
)
select i.record_id, i.row_number, i.email_key, r.name
from doubtful join incoming i using (record_id)
join raw.landed_rows r on r.drop_key = %(drop_key)s and r.row_number = i.row_number
order by i.record_id, i.row_number

-- step: doubtful_addresses
-- An address under several names, in this drop or by whom it is known.
with repeated as (
    select email_key from incoming where email_key is not null group by email_key having count(*) > 1
    union
    select i.email_key from incoming i join core.contacts c on c.email_key = i.email_key
), said as (
    select i.email_key, i.row_number, i.record_id, r.name, exists (select from core.contact_sources cs
        where cs.source = %(source)s and cs.record_id = i.record_id) as is_known
    from repeated join incoming i using (email_key)
    join raw.landed_rows r on r.drop_key = %(drop_key)s and r.row_number = i.row_number
    where r.name is not null
    union all
    select c.email_key, null, (
        select min(cs.record_id) from core.contact_sources cs where cs.contact_id = c.id and cs.source = %(source)s), c.name, true
    from repeated join core.contacts c using (email_key) where c.name is not null
), doubtful as (
    select email_key from said group by email_key having count(distinct lower(name)) > 1
)
select s.* from said s join doubtful using (email_key) order by s.email_key, s.row_number

-- step: refuse_records
update incoming set record_id = null where record_id = any (%(records)s)

-- step: refuse_addresses
-- The address stays the row's; it only tells nobody apart any more.
update incoming set identity_key = null where row_number = any (%(rows)s)

-- step: nameless_rows
-- Rows that had nothing but the id: now all their values tell them apart.
select i.row_number, r.name, r.given_name, r.family_name, r.phone, r.company, r.title, r.location, r.country, r.email
from incoming i join raw.landed_rows r on r.drop_key = %(drop_key)s and r.row_number = i.row_number
where i.record_id is null and i.email_key is null and i.profile_url is null and i.row_key is null

-- step: set_row_key
update incoming set row_key = %(row_key)s where row_number = %(row_number)s

-- step: insert_reviews
insert into ops.reviews (kind, contact_id, drop_key, row_number)
select d.kind, p.contact_id, %(drop_key)s, p.row_number
from unnest(%(kinds)s::text[], %(rows)s::bigint[]) d (kind, row_number) join placed p using (row_number)
on conflict do nothing
