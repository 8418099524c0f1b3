-- Every published contact once into a narrow temporary table; each chart is drawn from that.

-- step: last
select max(measured_at) as measured_at, max(count) as took_ms
from ops.quality_counts where day = %(today)s and chart = 'took_ms'

-- step: forget_today
delete from ops.quality_counts where day = %(today)s

-- step: begin
create temporary table counted on commit drop as
select c.id, l.source, c.email is not null as has_email, c.email_status, c.email_sub_status, c.phone is not null as has_phone,
    c.phone_status, c.email is not null and core.is_one_of(c.email_status, c.email_sub_status, u.email) is true as is_good, c.can_email,
    c.name is not null as name, c.email is not null as email, c.phone is not null as phone, c.company is not null as company,
    c.title is not null as title, c.linkedin_url is not null as linkedin_url, c.location is not null as location
from core.contacts c
join core.contact_latest_drop l on l.contact_id = c.id
join raw.drops d on d.key = l.drop_key and d.published_at is not null
cross join core.usable u
where c.deletion_completed is null

-- step: analyze
analyze counted

-- step: keep_verdicts
insert into ops.quality_counts (day, chart, label, part, count, total, measured_at)
select %(today)s, 'verdicts', source, email_status, count(*), sum(count(*)) over (partition by source), %(now)s
from counted where has_email group by source, email_status

-- step: keep_phone_verdicts
insert into ops.quality_counts (day, chart, label, part, count, total, measured_at)
select %(today)s, 'phone_verdicts', source, phone_status, count(*), sum(count(*)) over (partition by source), %(now)s
from counted where has_phone group by source, phone_status

-- step: keep_completeness
insert into ops.quality_counts (day, chart, label, part, count, total, measured_at)
select %(today)s, 'completeness', c.source, f.field, count(*) filter (where f.is_filled), count(*), %(now)s
from counted c
cross join lateral (values ('name', c.name), ('email', c.email), ('phone', c.phone), ('company', c.company), ('title', c.title),
    ('linkedin_url', c.linkedin_url), ('location', c.location)) f (field, is_filled)
where f.field = any (%(key_fields)s)
group by c.source, f.field

-- step: keep_freshness
insert into ops.quality_counts (day, chart, label, part, count, total, measured_at)
select %(today)s, 'freshness', source, layer, round(fresh_share * contacts)::bigint, contacts, %(now)s
from curated.freshness

-- step: keep_funnel
insert into ops.quality_counts (day, chart, label, part, count, total, measured_at)
select %(today)s, 'funnel', s.step, '', s.count, 0, %(now)s
from (select count(*) as contacts, count(*) filter (where has_email) as addresses, count(*) filter (where is_good) as good,
    count(*) filter (where is_good and can_email) as mailable from counted) n
cross join (select coalesce(sum(rows_in), 0)::bigint as rows from raw.drops where rolled_back_by is null and kind is distinct from 'touches') r
cross join lateral (values ('rows', r.rows), ('contacts', n.contacts), ('addresses', n.addresses), ('good', n.good),
    ('mailable', n.mailable)) s (step, count)

-- step: keep_losses
-- Why somebody who reached the step before did not reach this one.
insert into ops.quality_counts (day, chart, label, part, count, total, measured_at)
select %(today)s, 'losses', l.step, l.reason, l.count, 0, %(now)s
from (
    select 'contacts' as step, x.reason, sum(x.count)::bigint as count
    from raw.drops d
    cross join lateral (values ('known_contact', d.rows_merged), ('not_usable', d.rows_quarantined), ('erased', d.rows_erased),
        ('opt_out_list', case when d.kind = 'suppressions' then d.rows_loaded else 0 end),
        ('held', case when d.held_reason is not null then d.rows_in - d.rows_loaded - d.rows_merged - d.rows_quarantined - d.rows_erased
            else 0 end)) x (reason, count)
    where d.rolled_back_by is null and d.kind is distinct from 'touches' group by x.reason
    union all
    select 'addresses', 'no_address', count(*) from counted where not has_email
    union all
    select 'good', concat_ws(': ', email_status, email_sub_status), count(*) from counted where has_email and not is_good group by 2
    union all
    select 'mailable', p.email_reason, count(*) from counted c join core.contact_permissions p on p.contact_id = c.id
    where c.is_good and not c.can_email group by 2 -- the rule for each costs 40 s for a million, so only of whom the flag shuts out
) l where l.count > 0

-- step: note
insert into ops.quality_counts (day, chart, label, part, count, total, measured_at)
values (%(today)s, 'took_ms', '', '', %(took_ms)s, 0, %(now)s)
