-- step: notice_overdue
-- The warning period counts from the first time that somebody could see it.
insert into core.retention_notices (contact_id, noticed_at)
select c.id, %(now)s from curated.retention_due d join core.contacts c on c.public_id = d.contact_id
on conflict do nothing

-- step: forget_notices
-- A new ground has come.
delete from core.retention_notices n
where not exists (select from curated.retention_due d join core.contacts c on c.public_id = d.contact_id where c.id = n.contact_id)

-- step: overdue
-- Ended, and announced for as long as the policy says.
select d.contact_id from curated.retention_due d
join core.contacts c on c.public_id = d.contact_id
join core.retention_notices n on n.contact_id = c.id
where d.ends_at <= %(now)s and n.noticed_at <= %(now)s - make_interval(days => %(warning_days)s)
    and not core.stays_for_now(c)
order by d.ends_at, c.id limit %(limit)s
