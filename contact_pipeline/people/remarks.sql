-- What rows of a drop remark on their contacts, besides who they are. Runs once their contacts are known.

-- step: soft_bounces
-- A bounce for a passing reason, counted by the rows that tell of it; the trigger address_bounced() asks for another look.
update core.contacts c set soft_bounce = true, soft_bounce_count = s.bounces
from (
    select cs.contact_id, count(*)::integer as bounces
    from core.contact_sources cs
    join raw.landed_rows r on r.drop_key = cs.drop_key and r.row_number = cs.row_number and r.claims ->> 'bounce' = 'soft'
    where cs.contact_id in (select p.contact_id from placed p join raw.landed_rows l
        on l.drop_key = %(drop_key)s and l.row_number = p.row_number where l.claims ->> 'bounce' = 'soft')
    group by cs.contact_id
) s
where c.id = s.contact_id and c.soft_bounce_count < s.bounces

-- step: unknown_bounces
-- A message came back and nobody says why: the address is judged again, also by those who are paid for it.
with again as (
    update core.contacts c set email_due_at = null
    from placed p join raw.landed_rows r on r.drop_key = %(drop_key)s and r.row_number = p.row_number
    where c.id = p.contact_id and r.claims ->> 'bounce' = 'unknown'
    returning c.email_key
)
update ops.provider_calls set retry_at = %(now)s
where layer = 'mailbox' and outcome = 'answered' and subject_key in (select email_key from again)

-- step: unknown_statuses
-- A word that is neither known as good nor as bad restricted its rows; one question for each word of the drop.
insert into ops.reviews (kind, contact_id, drop_key, row_number, details)
select distinct on (w.words) 'unknown_status', p.contact_id, %(drop_key)s, p.row_number,
    jsonb_build_object('words', w.words, 'rows', count(*) over (partition by w.words))
from placed p join raw.landed_rows r on r.drop_key = %(drop_key)s and r.row_number = p.row_number
cross join lateral (select left(core.plain_words(r.claims ->> 'unknown_status'), 80) as words) w
where r.claims ? 'unknown_status' and w.words is not null
order by w.words, p.row_number on conflict do nothing

-- step: unread_periods
-- A row whose retention nobody could read gives no ground; one question for each wording of the drop.
insert into ops.reviews (kind, contact_id, drop_key, row_number, details)
select distinct on (w.words) 'unread_retention', p.contact_id, %(drop_key)s, p.row_number,
    jsonb_build_object('words', w.words, 'rows', count(*) over (partition by w.words))
from placed p join raw.landed_rows r on r.drop_key = %(drop_key)s and r.row_number = p.row_number
cross join lateral (select left(coalesce(core.plain_words(r.claims ->> 'retention_period'), '?'), 80) as words) w
where core.is_retention_unread(r.claims)
order by w.words, p.row_number on conflict do nothing
