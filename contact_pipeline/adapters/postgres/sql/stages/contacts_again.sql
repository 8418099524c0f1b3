-- A drop that was applied under older rules, applied again from its landed rows. What was decided about them then stays:
-- outcomes, and whose row each is. Values, further points and opt-outs follow today's rules.

-- step: create_placed
create temporary table placed on commit drop as
select i.row_number, cs.contact_id, false as is_new, i.record_id, i.row_key, i.email_normalized, i.email_key,
    null::bigint as by_email, null::bigint as email_first
from incoming i join core.contact_sources cs on cs.drop_key = %(drop_key)s and cs.row_number = i.row_number

-- step: note_addresses
update raw.landed_rows r set email_normalized = i.email_normalized
from placed i
where r.drop_key = %(drop_key)s and r.row_number = i.row_number and r.email_normalized is distinct from i.email_normalized

-- step: leave_retracted
-- What somebody has taken back since as a mistake is not said again by the row that said it then.
delete from incoming_restrictions i using audit.retractions t
where (t.subject_key, t.channel, t.reason, t.source) = (i.subject_key, i.channel, i.reason, %(source)s)
