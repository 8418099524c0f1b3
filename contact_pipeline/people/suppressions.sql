-- Opt-outs of a drop, honoured at the door: also of a drop that is held. Keys outlive the contacts.

-- step: insert_suppressions
-- Who says it again says it anew, as of the drop's landing: a consent in between no longer reopens. A replay is no news.
-- We heard of it when the file landed; when the person acted, a row may say.
insert into core.suppressions (subject_key, canonical_key, channel, reason, source, drop_key, acted_at, received_at, created_at,
    last_said_at)
select i.subject_key, (array_agg(i.canonical_key))[1], i.channel, i.reason, %(source)s, %(drop_key)s,
    min(coalesce(case i.channel when 'email' then r.claims ->> 'email_opt_out_date' end, r.claims ->> 'opt_out_date')::timestamptz),
    %(landed_at)s::timestamptz, %(now)s::timestamptz, %(landed_at)s::timestamptz
from incoming_restrictions i
join raw.landed_rows r on r.drop_key = %(drop_key)s and r.row_number = i.row_number
where i.subject_key is not null
group by i.subject_key, i.channel, i.reason
order by 1, 3, 4
on conflict (subject_key, channel, reason, source) do update set last_said_at = excluded.last_said_at
where excluded.last_said_at > core.suppressions.last_said_at

-- step: create_touched
-- Whom the new keys stop: by their first address or number, or a further one, in any writing of the mailbox.
create temporary table touched on commit drop as
with closed as materialized (
    select channel, subject_key as key from incoming_restrictions where subject_key is not null
    union
    select channel, canonical_key from incoming_restrictions where canonical_key is not null
    union
    select r.channel, a.email_key from incoming_restrictions r join core.address_keys a on a.canonical_key = r.canonical_key
)
select c.id as contact_id from closed r join core.contacts c on r.channel = 'email' and c.email_key = r.key
union
select c.id from closed r join core.contacts c on r.channel = 'phone' and c.phone_key = r.key
union
select p.contact_id from closed r join core.contact_points p on r.channel = 'email' and p.email_key = r.key
union
select p.contact_id from closed r join core.contact_points p on r.channel = 'phone' and p.phone_key = r.key

-- step: forbid_at_once
-- Takes permissions and gives none: an address that is not judged yet waits for the later stages.
update core.contacts c set
    can_email = c.can_email and p.email_reason = 'allowed', can_call = c.can_call and p.phone_reason = 'allowed'
from touched t
join core.contact_permissions p on p.contact_id = t.contact_id
where c.id = t.contact_id
    and (c.can_email and p.email_reason <> 'allowed' or c.can_call and p.phone_reason <> 'allowed')

-- step: settle_bounces
select core.settle_bounces(array(select contact_id from touched order by 1), %(now)s::timestamptz, %(source)s)
from (select from incoming_restrictions where reason = 'hard_bounce' limit 1) any_bounce

-- step: quarantine_unread
-- An opt-out that cannot be keyed is never loaded: nobody would be recognised by it.
with unread as (
    update raw.landed_rows r set outcome = 'quarantined'
    where r.drop_key = %(drop_key)s and r.outcome is null and not exists (
        select from incoming_restrictions i where i.row_number = r.row_number and i.subject_key is not null)
    returning r.row_number
)
insert into raw.quarantined_rows (drop_key, row_number, stage, reasons)
select %(drop_key)s, row_number, 'contacts', array['suppression_unreadable'] from unread

-- step: count_unread
select count(distinct row_number) as rows from incoming_restrictions i
where i.subject_key is null and not exists (select from incoming_restrictions o
    where o.row_number = i.row_number and o.channel = i.channel and o.subject_key is not null)
    and exists (select from raw.landed_rows r where r.drop_key = %(drop_key)s and r.row_number = i.row_number
        and case i.channel when 'email' then r.email else r.phone end is not null)

-- step: load_named_rows
-- A pure suppression file creates suppressions and no contact: such a row is loaded when it named somebody. A list of
-- touches creates neither: its rows are worked off later.
update raw.landed_rows r set outcome = 'loaded'
where r.drop_key = %(drop_key)s and r.outcome is null
