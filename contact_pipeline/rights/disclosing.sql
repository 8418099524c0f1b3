-- Everything held of some contacts and of the address or number they came with, as JSON rows (GDPR Art. 15).

-- step: one_snapshot
-- All tables at one moment, without making anybody wait.
set transaction isolation level repeatable read

-- step: create_reader
-- A table that joins the database later is found in the catalogue, so its name is not known here.
create or replace function pg_temp.rows_about(relation regclass, ids bigint[]) returns setof json language plpgsql as $$
begin
    return query execute format('select row_to_json(t) from %%s t where t.contact_id = any ($1)', relation) using ids;
end $$

-- step: tables_about
select format('%%I.%%I', n.nspname, c.relname) as name
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('raw', 'core', 'audit', 'ops') and a.attname = 'contact_id' and not a.attisdropped
    and c.relkind in ('r', 'p') and not c.relispartition
order by 1

-- step: columns_of
select t.name, a.attname as column_name, format_type(a.atttypid, a.atttypmod) as kind, not a.attnotnull as is_nullable
from unnest(%(names)s::text[]) t (name) join pg_attribute a on a.attrelid = t.name::regclass and a.attnum > 0 and not a.attisdropped
order by t.name, a.attnum

-- step: rows_about
select r.row from pg_temp.rows_about(%(name)s::regclass, %(ids)s::bigint[]) r (row)

-- step: email_keys
select c.email_key as key from core.contacts c where c.id = any (%(ids)s::bigint[]) and c.email_key is not null
union
select p.email_key from core.contact_points p where p.contact_id = any (%(ids)s::bigint[]) and p.email_key is not null

-- step: rows_of_nobody
-- Rows that wait, that were refused, and those of suppression files and of drops that were rolled back: they have no contact,
-- or have one no more, and may name one.
select drop_key, row_number, email, more_emails from raw.landed_rows
where (contact_id is null or drop_key in (select key from raw.drops where rolled_back_at is not null)) and (email is not null or more_emails is not null) and (drop_key, row_number) > (%(drop_key)s, %(row_number)s)
order by drop_key, row_number limit %(limit)s

-- step: rows_by_key
-- What is found by another way than contact_id. is_shared: the key is also another contact's, so that what is said by it
-- may be about them.
with own as materialized (
    select k.key from core.contacts c cross join lateral (values (c.email_key), (c.phone_key)) k (key) where c.id = any (%(ids)s::bigint[])
    union
    select k.key from core.contact_points p cross join lateral (values (p.email_key), (p.phone_key)) k (key)
    where p.contact_id = any (%(ids)s::bigint[])
    union
    select q.subject_key from core.profile_questions q where q.contact_id = any (%(ids)s::bigint[])
    union
    select %(key)s::bytea
), keys as materialized (
    select o.key,
        exists (select from core.contacts c where c.email_key = o.key and c.id <> all (%(ids)s::bigint[]))
        or exists (select from core.contacts c where c.phone_key = o.key and c.id <> all (%(ids)s::bigint[]))
        or exists (select from core.contact_points p where p.email_key = o.key and p.contact_id <> all (%(ids)s::bigint[]))
        or exists (select from core.contact_points p where p.phone_key = o.key and p.contact_id <> all (%(ids)s::bigint[]))
        or exists (select from core.profile_questions q where q.subject_key = o.key and q.contact_id <> all (%(ids)s::bigint[])) as is_shared
    from own o where o.key is not null
), landed as materialized (
    select r.drop_key, r.row_number from raw.landed_rows r where r.contact_id = any (%(ids)s::bigint[])
    union
    select s.drop_key, s.row_number from core.contact_sources_ever s where s.contact_id = any (%(ids)s::bigint[])
    union
    select u.drop_key, u.row_number from unnest(%(drop_keys)s::text[], %(row_numbers)s::bigint[]) u (drop_key, row_number)
)
select 'core.contacts' as name, false as is_shared, row_to_json(t) as row from core.contacts t where t.id = any (%(ids)s::bigint[])
union all
select 'raw.landed_rows', false, row_to_json(t) from raw.landed_rows t join landed l using (drop_key, row_number)
union all
select 'raw.quarantined_rows', false, row_to_json(t) from raw.quarantined_rows t join landed l using (drop_key, row_number)
union all
select 'core.sources', false, row_to_json(t) from core.sources t
where t.name in (select d.source from raw.drops d join landed l on l.drop_key = d.key)
union all
select 'core.suppressions', k.is_shared, row_to_json(t) from core.suppressions t join keys k on k.key = t.subject_key
union all
select 'audit.retractions', k.is_shared, row_to_json(t) from audit.retractions t join keys k on k.key = t.subject_key
union all
select 'ops.provider_calls', k.is_shared, row_to_json(t) from ops.provider_calls t join keys k on k.key = t.subject_key
union all
select 'core.provider_answers', k.is_shared, row_to_json(t) from core.provider_answers t join keys k on k.key = t.subject_key
where exists (select from core.profile_questions q where q.contact_id = any (%(ids)s::bigint[]) and q.subject_key = t.subject_key)
union all
select 'ops.reviews', false, row_to_json(t) from ops.reviews t
where t.contact_id = any (%(ids)s::bigint[]) or t.other_contact_id = any (%(ids)s::bigint[])
union all
select 'ops.subject_requests', false, row_to_json(t) from ops.subject_requests t
where t.contact_id = any (%(ids)s::bigint[]) or t.id = %(request_id)s
    or t.contact_id is null and t.subject_key in (select k.key from keys k where not k.is_shared)
