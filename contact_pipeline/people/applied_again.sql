-- A drop that was applied under older rules, applied again from its landed rows. What was decided about them then stays:
-- outcomes, and whose row each is. Values, further points and opt-outs follow today's rules.

-- step: create_placed
create temporary table placed on commit drop as
select i.row_number, cs.contact_id, false as is_new, i.record_id, i.row_key, i.email_normalized, i.email_key,
    null::bigint as by_email, null::bigint as email_first
from incoming i join core.contact_sources cs on cs.drop_key = %(drop_key)s and cs.row_number = i.row_number

-- step: note_addresses
update raw.landed_rows r set email_normalized = i.email_normalized
from placed i
where r.drop_key = %(drop_key)s and r.row_number = i.row_number and r.email_normalized is distinct from i.email_normalized

-- step: follow_periods
-- How long a row may be kept, as it is read today.
update core.contact_sources cs set source_date = d.source_date, retention_days = d.days, retention_unread = d.is_unread
from placed i
join raw.landed_rows r on r.drop_key = %(drop_key)s and r.row_number = i.row_number
cross join lateral (select (r.claims ->> 'source_date')::timestamptz as source_date,
    core.stated_retention_days(r.claims, %(landed_at)s) as days, core.is_retention_unread(r.claims) as is_unread) d
where cs.drop_key = r.drop_key and cs.row_number = r.row_number
    and (cs.source_date, cs.retention_days, cs.retention_unread) is distinct from (d.source_date, d.days, d.is_unread)

-- step: leave_answers
-- No list says anything new. What a provider's word has replaced stays until enriched_profiles weighs both again, in this
-- very run: else a found address would go, with its verdict, and come back unjudged.
update golden g set
    name = case when not 'name' = any (a.fields) then g.name end,
    email = case when not 'email' = any (a.fields) then g.email end,
    phone = case when not 'phone' = any (a.fields) then g.phone end,
    company = case when not 'company' = any (a.fields) then g.company end,
    title = case when not 'title' = any (a.fields) then g.title end,
    linkedin_url = case when not 'linkedin_url' = any (a.fields) then g.linkedin_url end,
    location = case when not 'location' = any (a.fields) then g.location end
from core.contacts c
cross join lateral (
    select array_agg(k.field_name) as fields from core.profile_claims k
    where k.contact_id = c.id and k.data_source like 'provider:%%' and k.value = case k.field_name
        when 'name' then c.name when 'email' then c.email when 'phone' then c.phone when 'company' then c.company
        when 'title' then c.title when 'linkedin_url' then c.linkedin_url when 'location' then c.location end
) a
where c.id = g.id and a.fields is not null

-- step: leave_retracted
-- What somebody has taken back since as a mistake is not said again by the row that said it then.
delete from incoming_restrictions i using audit.retractions t
where (t.subject_key, t.channel, t.reason, t.source) = (i.subject_key, i.channel, i.reason, %(source)s)
