-- step: note_scanned
update ops.erasures set scanned_at = %(now)s, findings = %(findings)s, certificate = %(certificate)s::jsonb where id = %(id)s

-- step: note_scrubbed
update ops.erasures set scrubbed_at = %(now)s, findings = %(findings)s, certificate = %(certificate)s::jsonb where id = %(id)s

-- step: proof_contacts
select id from core.contacts where public_id = any (%(public_ids)s::uuid[])

-- step: erased_rows
-- Rows of these contacts, and loose ones of drops that hold any: how many are gone.
select count(*) as rows from raw.landed_rows r
join core.contact_sources_ever cs on cs.drop_key = r.drop_key and cs.row_number = r.row_number
where cs.contact_id = any (%(ids)s) and r.outcome = 'erased'

-- step: owners
-- Whose the rows of one drop are; a row that nobody has is missing.
select r.row_number, c.id as contact_id from raw.landed_rows r join core.contacts c on c.id = r.contact_id
where r.drop_key = %(drop_key)s and r.row_number = any (%(numbers)s)

-- step: certificate
select certificate from ops.erasures where id = %(id)s for update
