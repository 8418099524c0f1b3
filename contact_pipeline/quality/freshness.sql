-- step: stale_drops
-- A contact in several drops belongs to the latest one. Unfinished drops wait ten minutes: their run may be on.
with due as (
    select l.drop_key as key, count(*) as contacts
    from core.contacts c join core.contact_latest_drop l on l.contact_id = c.id
    where (c.email is not null and (c.email_due_at is null or c.email_due_at <= %(now)s
            or c.email_rules is distinct from %(email_rules)s))
        or (c.phone is not null and (c.phone_due_at is null or c.phone_due_at <= %(now)s
            or c.phone_rules is distinct from %(phone_rules)s))
        -- A provider of people that said "later", or fell short: when that has come, and only who may be asked about.
        or (%(asks_about_people)s and c.profile_due_at <= %(now)s
            and exists (select from core.contact_permissions p where p.contact_id = c.id and p.has_profile_ground))
    group by l.drop_key
    union all
    select l.drop_key, count(*)
    from core.contact_points p join core.contact_latest_drop l on l.contact_id = p.contact_id
    where p.due_at is null or p.due_at <= %(now)s
        or p.rules is distinct from case p.kind when 'email' then %(email_rules)s else %(phone_rules)s end
    group by l.drop_key
), outdated as (
    select r.drop_key as key
    from ops.stage_runs r join unnest(%(stages)s::text[], %(stage_rules)s::text[]) as now (stage, rules) on now.stage = r.stage
    where r.rules <> now.rules
    union all -- somebody asked for it to be read again, and no command has done so yet
    select d.key from raw.drops d where d.published_at is not null and d.rolled_back_by is null
        and not exists (select from ops.stage_runs r where r.drop_key = d.key and r.stage = 'raw_contacts')
), unfinished as (
    select d.key from raw.drops d
    where d.published_at is null and d.held_reason is null and d.landed_at < %(now)s - interval '10 minutes'
)
select d.key
from raw.drops d
where d.held_reason is null and (
    d.key in (select key from unfinished)
    or (d.published_at is not null and (d.key in (select key from due) or d.key in (select key from outdated))))
order by d.sequence
limit %(limit)s
-- step: report_freshness
insert into ops.freshness_reports (day, source, layer, contacts, fresh_share)
select %(day)s, source, layer, contacts, fresh_share from curated.freshness
on conflict (day, source, layer) do update set contacts = excluded.contacts, fresh_share = excluded.fresh_share
