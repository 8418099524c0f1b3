-- What is not heard any more since somebody rolled it back (core.rulings).

-- Whether a claim still counts. dated: when it was said, or came to us if that was earlier.
create or replace function core.is_heard(contact_id bigint, field text, source text, dated timestamptz) returns boolean
language sql stable parallel safe
begin atomic
    select not exists (select from core.rulings r where r.contact_id = $1 and r.lifted_at is null
        and (r.field_name is null or r.field_name = $2) and (r.data_source is null or r.data_source = $3)
        and $4 <= r.ruled_at and (r.heard_until is null or $4 >= r.heard_until));
end;

-- The same for many fields of one contact: field → until when nobody is heard, in seconds of the epoch; null: all are.
create or replace function core.silenced(contact_id bigint) returns jsonb
language sql stable parallel safe
begin atomic
    select jsonb_object_agg(r.field_name, extract(epoch from r.ruled_at) order by r.ruled_at)
    from core.rulings r where r.contact_id = $1 and r.lifted_at is null and r.field_name is not null;
end;

create or replace function core.heard(silenced jsonb, field text, dated timestamptz, value text) returns text
language sql immutable parallel safe
return case when silenced is null or ((silenced ->> field)::numeric >= extract(epoch from dated)) is not true then value end;

-- The values that were ruled, each the latest word on its field. outranked: somebody has said something since.
create or replace view core.ruled_values as
select distinct on (r.contact_id, r.field_name) r.contact_id, r.field_name, r.value, r.ruled_at, r.ruled_by
from core.rulings r where r.lifted_at is null and r.field_name is not null and r.data_source is null
order by r.contact_id, r.field_name, r.ruled_at desc, r.id desc;

-- Where a contact is from, or was until it was rolled back: what erasure and answers to the person have to know.
create or replace view core.contact_sources_ever as
select * from core.contact_sources union all select * from core.withdrawn_sources;

-- By what a contact is kept: whom a drop that was rolled back has brought alone is kept no longer because of that.
create or replace view core.retaining_sources as
select * from core.contact_sources
union all
select * from core.withdrawn_sources w where not exists (select from core.contact_sources o where o.contact_id = w.contact_id);
