-- Who was erased here and may have been sent elsewhere.

-- step: of_nobody
select k.key from unnest(%(keys)s::text[]) k (key)
where not exists (select from core.contacts c where c.email_key = decode(k.key, 'hex'))
    and not exists (select from core.contact_points p where p.email_key = decode(k.key, 'hex'))
order by 1
