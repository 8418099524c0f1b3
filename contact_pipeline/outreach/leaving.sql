-- step: holder
select coalesce(a.value, '') as email, p.email_purposes as purposes
from (
    select c.id, c.email as value from core.contacts c where c.email_key = %(key)s and c.deletion_completed is null
    union
    select p.contact_id, p.value from core.contact_points p where p.email_key = %(key)s
) a
join core.contact_permissions p on p.contact_id = a.id
order by a.id
