-- step: restrict
-- Kept, and used for nothing (GDPR Art. 18(2)); in effect with this transaction.
update core.contacts set processing_restricted = true, can_email = false, can_call = false
where id = any (%(ids)s::bigint[]) and not processing_restricted

-- step: lift
update core.contacts set processing_restricted = false where id = any (%(ids)s::bigint[]) and processing_restricted

-- step: decide_anew
update core.contacts c set can_email = p.email_reason = 'allowed', can_call = p.phone_reason = 'allowed'
from core.contact_permissions p
where c.id = any (%(ids)s::bigint[]) and p.contact_id = c.id
