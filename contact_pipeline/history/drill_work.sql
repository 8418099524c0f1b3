-- What a drill looks at.

-- step: tables
-- Everything about people and drops; whose a row is, as an expression. What every start writes anew is left out.
select n.nspname as schema, c.relname as name,
    case when c.oid = 'core.contacts'::regclass then 't.id::text'
        when c.oid = 'raw.drops'::regclass then 't.key'
        when bool_or(a.attname = 'contact_id') then 't.contact_id::text'
        when bool_or(a.attname = 'row_number') then 't.drop_key || ''/'' || t.row_number'
        else 'encode(t.subject_key, ''hex'')' end as whose
from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
where n.nspname in ('raw', 'core') and c.relkind = 'r'
group by n.nspname, c.relname, c.oid
having c.oid in ('core.contacts'::regclass, 'raw.drops'::regclass, 'core.suppressions'::regclass, 'core.purpose_suppressions'::regclass)
    or bool_or(a.attname in ('contact_id', 'row_number'))
order by 1, 2

-- step: whose
select c.id::text as whose from core.contacts c where c.email_key = any (%(keys)s)
union
select s.drop_key || '/' || s.row_number from core.contact_sources s join core.contacts c on c.id = s.contact_id
where c.email_key = any (%(keys)s)
union
select s.drop_key from core.contact_sources s join core.contacts c on c.id = s.contact_id where c.email_key = any (%(keys)s)
union
-- A list of opt-outs makes nobody a contact, and an erasure rewrites it all the same.
select unnest(array[r.drop_key, r.drop_key || '/' || r.row_number]) from raw.landed_rows r where r.claims ->> 'email' = any (%(emails)s)
