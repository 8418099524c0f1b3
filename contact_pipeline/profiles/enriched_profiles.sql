-- step: has_unjudged
select exists (select from core.contacts c
    where (c.email is not null and c.email_sub_status = 'not_checked' or c.phone is not null and c.phone_sub_status = 'not_checked')
        and c.id in (select contact_id from core.contact_sources where drop_key = %(drop_key)s)) as has_unjudged
