-- What stewards have ruled and nobody has carried out yet.

-- step: waiting
select v.id, v.kind, v.contact_id, v.ruling, v.ruled_field, v.ruled_value, v.ruled_by, v.reason
from ops.reviews v where v.closed_at is null and v.ruling is not null order by v.ruled_at, v.id

-- step: still_waits
-- The same ruling, and nobody has decided, erased or ruled anew meanwhile. Held until the transaction ends.
select v.id from ops.reviews v
where v.id = %(id)s and v.closed_at is null and (v.ruling, v.ruled_by, v.ruled_value) is not distinct from (%(ruling)s, %(ruled_by)s, %(ruled_value)s)
for update

-- step: close
update ops.reviews set closed_at = %(now)s, closed_by = %(ruled_by)s, decision = %(decision)s, ruled_value = null,
    refusal = %(refusal)s
where id = %(id)s and closed_at is null

-- step: refuse
-- The question stays open; the ruling does not wait any more.
update ops.reviews set ruling = null, ruled_field = null, ruled_value = null, refusal = %(refusal)s
where id = %(id)s and closed_at is null

-- step: forget_value
update ops.reviews set ruled_value = null where id = %(id)s
