-- What recipients have answered, in the certificates.

-- step: acknowledged
select id, array(select r ->> 'recipient' from jsonb_array_elements(coalesce(certificate -> 'recipients', '[]')) r) as recipients
from ops.erasures where id = any (%(ids)s::uuid[])

-- step: keep_certificate
update ops.erasures set certificate = %(certificate)s::jsonb where id = %(id)s
