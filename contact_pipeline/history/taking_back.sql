-- Fields go back to what they were. `scope`: the changes that are to be taken back.

-- step: create_scope
create temporary table scope on commit drop as
select a.id, a.contact_id, a.field, a.old_value from audit.changes a
where a.table_name = 'core.contacts' and a.contact_id is not null
    and (%(contact)s::bigint is null or a.contact_id = %(contact)s)
    and (%(since)s::timestamptz is null or a.changed_at > %(since)s)
    and (%(version)s::integer is null or a.version > %(version)s)
    and (%(actor)s::text is null or %(actor)s in (a.changed_by, a.login))
    and (%(run)s::text is null or a.run_id = %(run)s)
    and (%(field)s::text is null or a.field = %(field)s)

-- step: index_scope
alter table scope add primary key (id)

-- step: targets
-- Each field with the value that it had before the first of the changes. stands: a later change, which is not one of them.
-- is_taken: an erasure has taken the values.
with wanted as (
    select s.contact_id, s.field, min(s.id) as first_id, (array_agg(s.old_value order by s.id))[1] as to_value
    from scope s group by s.contact_id, s.field
), now_has as (
    select i.contact_id, t.field, t.value
    from (select distinct contact_id from wanted) i cross join lateral audit.row_texts('core.contacts', i.contact_id) t
)
select w.contact_id, c.public_id, w.field, w.to_value, n.value as now_value, c.id is null as is_gone,
    c.deletion_completed is not null or exists (select from audit.changes e where e.contact_id = w.contact_id
        and e.table_name = 'audit.changes' and e.id > w.first_id) as is_taken,
    exists (select from audit.changes l where l.contact_id = w.contact_id and l.table_name = 'core.contacts' and l.field = w.field
        and l.id > w.first_id and not exists (select from scope z where z.id = l.id)) as stands
from wanted w
left join core.contacts c on c.id = w.contact_id
left join now_has n on n.contact_id = w.contact_id and n.field = w.field
order by w.contact_id, w.field

-- step: erased_keys
select subject_key from core.erased_keys where subject_key = any (%(keys)s)

-- step: rule
insert into core.rulings (contact_id, field_name, value, ruled_at, ruled_by, rollback_id)
select r.contact_id, r.field, r.value, %(now)s, %(actor)s, %(rollback_id)s
from jsonb_to_recordset(%(rows)s::jsonb) as r (contact_id bigint, field text, value text)
order by 1, 2

-- step: write_parts
update core.contacts c set
    given_name = case when r.new ? 'given_name' then r.new ->> 'given_name' else c.given_name end,
    family_name = case when r.new ? 'family_name' then r.new ->> 'family_name' else c.family_name end,
    seniority = case when r.new ? 'seniority' then r.new ->> 'seniority' else c.seniority end,
    company_domain = case when r.new ? 'company_domain' then r.new ->> 'company_domain' else c.company_domain end,
    country = case when r.new ? 'country' then r.new ->> 'country' else c.country end
from jsonb_array_elements(%(rows)s::jsonb) r (new)
where c.id = (r.new ->> 'contact_id')::bigint

-- step: restrict
update core.contacts c set
    suppress_email = c.suppress_email or 'suppress_email' = any (r.fields),
    suppress_phone = c.suppress_phone or 'suppress_phone' = any (r.fields),
    deletion_requested = c.deletion_requested or 'deletion_requested' = any (r.fields),
    processing_restricted = c.processing_restricted or 'processing_restricted' = any (r.fields),
    hard_bounce = c.hard_bounce or 'hard_bounce' = any (r.fields)
from (select x.contact_id, array_agg(x.field) as fields
    from jsonb_to_recordset(%(rows)s::jsonb) as x (contact_id bigint, field text) group by 1) r
where c.id = r.contact_id
