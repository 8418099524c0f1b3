-- step: incomplete_drops
-- Drops with people of whom something is missing and whose turn has come.
select l.drop_key as key, count(*) as contacts
from core.contacts c
join core.contact_latest_drop l on l.contact_id = c.id
join raw.drops d on d.key = l.drop_key and d.published_at is not null and d.held_reason is null
join core.contact_permissions p on p.contact_id = c.id and p.has_profile_ground
where (c.profile_due_at is null or c.profile_due_at <= %(now)s or c.profile_rules is distinct from %(rules)s)
    and (core.filled(c, %(key_fields)s) < cardinality(%(key_fields)s::text[]) or c.email_status = 'invalid' or c.phone_status = 'invalid'
        or c.profile_verified_at is not null)
group by l.drop_key order by count(*) desc, l.drop_key limit %(limit)s
