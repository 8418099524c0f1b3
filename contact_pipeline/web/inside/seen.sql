-- Who saw whom.

-- step: note
insert into ops.page_views (viewed_by, role, page, contact_id)
select %(name)s, %(role)s, %(page)s, c.id from core.contacts c where c.public_id = any (%(ids)s::uuid[])
