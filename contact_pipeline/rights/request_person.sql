-- step: living
-- An erased contact is an empty row: nothing can be shown, corrected or erased.
select id from core.contacts where id = %(id)s and deletion_completed is null

-- step: unjudged
select id, email as value, null as region from core.contacts where %(channel)s = 'email' and email_key is null and email is not null
union all
select contact_id, value, null from core.contact_points where %(channel)s = 'email' and kind = 'email' and email_key is null
union all
select id, phone, country from core.contacts
where %(channel)s = 'phone' and phone_key is null and phone is not null and phone_sub_status = 'not_checked'
union all
select contact_id, value, phone_country from core.contact_points
where %(channel)s = 'phone' and kind = 'phone' and phone_key is null and sub_status = 'not_checked'

-- step: is_of_a_function
-- Whether the address is that of a function (info@), which several people read.
select exists (
    select from core.contacts c join core.email_validations v on v.contact_id = c.id and v.email = c.email and v.is_role
    where c.id = any (%(ids)s::bigint[]) and c.email_key = %(key)s
    union all
    select from core.contact_points p join core.email_validations v on v.contact_id = p.contact_id and v.email = p.value and v.is_role
    where p.contact_id = any (%(ids)s::bigint[]) and p.email_key = %(key)s) as is_of_a_function
