-- What a drill asks a restored database.

-- step: closed
select count(distinct subject_key) as found from core.suppressions where channel = 'email' and subject_key = any (%(keys)s)

-- step: known
select count(distinct email_key) as found from core.contacts where email_key = any (%(keys)s)

-- step: count
select count(*) as found from core.contacts
