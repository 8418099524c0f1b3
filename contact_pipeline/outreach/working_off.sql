-- Stored events, a batch at a time, in one transaction. told: what each says; held: which contacts have the address.

-- step: create_told
create temporary table told (
    event bigint, source text, kind text, channel text, direction text, subject_key bytea, is_address boolean, at timestamptz,
    message_id text, campaign text, status text, reason text, touch_key bytea
) on commit drop

-- step: analyze_told
analyze told

-- step: find_holders
-- Exactly this address or number, first or further: what a message tells is about one mailbox. Each look-up by its index (offset 0):
-- a batch of ten thousand would have the planner read all contacts.
create temporary table held on commit drop as
select k.subject_key, h.contact_id
from (select distinct subject_key, is_address from told) k
cross join lateral (
    select c.id as contact_id from core.contacts c where k.is_address and c.email_key = k.subject_key and c.deletion_completed is null
    union
    select p.contact_id from core.contact_points p where k.is_address and p.email_key = k.subject_key
    union
    select c.id from core.contacts c where not k.is_address and c.phone_key = k.subject_key and c.deletion_completed is null
    union
    select p.contact_id from core.contact_points p where not k.is_address and p.phone_key = k.subject_key
    offset 0
) h

-- step: analyze_held
create index on held (subject_key);
analyze held

-- step: record_touches
-- One row a message and contact. The first time of each kind stands; of two bounces the one for good, then the first.
insert into core.outreach_history as h (contact_id, channel, direction, touch_key, email_key, message_id, campaign, source, sent_at,
    delivered_at, machine_opened_at, opened_at, clicked_at, replied_at, bounced_at, bounce_type, bounce_status, bounce_reason,
    complained_at, unsubscribed_at, recorded_at, recorded_by)
select d.contact_id, min(t.channel), min(t.direction), t.touch_key, (array_agg(t.subject_key) filter (where t.is_address))[1], min(t.message_id), min(t.campaign), min(t.source),
    min(t.at) filter (where t.kind = 'sent'), min(t.at) filter (where t.kind = 'delivered'),
    min(t.at) filter (where t.kind = 'machine_opened'), min(t.at) filter (where t.kind = 'opened'),
    min(t.at) filter (where t.kind = 'clicked'), min(t.at) filter (where t.kind = 'replied'),
    (array_agg(t.at order by t.kind, t.at, t.status, t.reason) filter (where t.kind in ('hard', 'soft')))[1],
    (array_agg(t.kind order by t.kind, t.at, t.status, t.reason) filter (where t.kind in ('hard', 'soft')))[1],
    (array_agg(t.status order by t.kind, t.at, t.status, t.reason) filter (where t.kind in ('hard', 'soft')))[1],
    (array_agg(t.reason order by t.kind, t.at, t.status, t.reason) filter (where t.kind in ('hard', 'soft')))[1],
    min(t.at) filter (where t.kind = 'complained'), min(t.at) filter (where t.kind = 'unsubscribed'),
    %(now)s, %(actor)s
from told t join held d on d.subject_key = t.subject_key
where t.touch_key is not null
group by d.contact_id, t.touch_key
order by d.contact_id, t.touch_key
on conflict (contact_id, touch_key) do update set
    campaign = least(h.campaign, excluded.campaign), source = least(h.source, excluded.source),
    sent_at = least(h.sent_at, excluded.sent_at), delivered_at = least(h.delivered_at, excluded.delivered_at),
    machine_opened_at = least(h.machine_opened_at, excluded.machine_opened_at),
    opened_at = least(h.opened_at, excluded.opened_at), clicked_at = least(h.clicked_at, excluded.clicked_at),
    replied_at = least(h.replied_at, excluded.replied_at), complained_at = least(h.complained_at, excluded.complained_at),
    unsubscribed_at = least(h.unsubscribed_at, excluded.unsubscribed_at),
    (bounced_at, bounce_type, bounce_status, bounce_reason) = (
        select case when n.is_first then excluded.bounced_at else h.bounced_at end,
            case when n.is_first then excluded.bounce_type else h.bounce_type end,
            case when n.is_first then excluded.bounce_status else h.bounce_status end,
            case when n.is_first then excluded.bounce_reason else h.bounce_reason end
        from (select excluded.bounce_type is not null and (h.bounce_type is null
            or (excluded.bounce_type, excluded.bounced_at, coalesce(excluded.bounce_status, ''), coalesce(excluded.bounce_reason, ''))
                < (h.bounce_type, h.bounced_at, coalesce(h.bounce_status, ''), coalesce(h.bounce_reason, ''))) as is_first) n)

-- step: close_bounced
-- Known or not, the key is closed. A statement sees the table as it was before: what is returned is for the ledger.
insert into core.suppressions (subject_key, channel, reason, source, acted_at, received_at, created_at, recorded_by, last_said_at)
select t.subject_key, 'email', %(reason)s, t.source, min(t.at), %(now)s, %(now)s, %(actor)s, max(t.at)
from told t where t.kind = 'hard' and t.is_address
group by t.subject_key, t.source
order by t.subject_key, t.source
on conflict (subject_key, channel, reason, source) do update
set last_said_at = greatest(core.suppressions.last_said_at, excluded.last_said_at),
    acted_at = least(core.suppressions.acted_at, excluded.acted_at)
returning subject_key as subject, canonical_key, channel, reason, source, acted_at, received_at, last_said_at as said_at

-- step: settle
-- A delivery sets the count back where there is one.
select core.settle_bounces(array(
    select distinct d.contact_id
    from told t join held d on d.subject_key = t.subject_key
    where t.source = %(source)s and (t.kind in ('hard', 'soft')
        or t.kind = 'delivered' and (select c.soft_bounce from core.contacts c where c.id = d.contact_id))
    order by 1), %(now)s::timestamptz, %(source)s)

-- step: note_activity
-- Whoever opens, follows a link or answers reads this mailbox.
update core.contacts c set email_last_active_at = a.at, 
    email_last_active_until = case when c.email_last_active_until > a.at then c.email_last_active_until end
from (
    select d.contact_id, t.subject_key, max(t.at) as at
    from told t join held d on d.subject_key = t.subject_key
    where t.kind in ('opened', 'clicked', 'replied') group by 1, 2
) a
where c.id = a.contact_id and c.email_key = a.subject_key and (c.email_last_active_at is null or c.email_last_active_at < a.at)

-- step: ask_again
-- An answer is ready that was not: what was to be asked later is asked with the next refresh.
update ops.provider_calls k set retry_at = %(now)s
from told t join held d on d.subject_key = t.subject_key join core.profile_questions q on q.contact_id = d.contact_id
where t.kind = 'answer_ready' and k.provider = t.source and k.subject_key = q.subject_key and k.retry_at > %(now)s

-- step: due_again
update core.contacts c set profile_due_at = null
from told t join held d on d.subject_key = t.subject_key
where t.kind = 'answer_ready' and c.id = d.contact_id

-- step: held_events
select distinct t.event from told t join held d on d.subject_key = t.subject_key

-- step: known_words
select subject_key, reason, source, coalesce(acted_at, last_said_at) as acted_at, last_said_at from core.suppressions
where reason <> 'hard_bounce' and subject_key = any (%(keys)s)

-- step: mark
update ops.inbound_events e set applied_at = %(now)s, outcome = m.outcome, subject_key = decode(m.key, 'hex')
from unnest(%(numbers)s::bigint[], %(outcomes)s::text[], %(keys)s::text[]) m (id, outcome, key)
where e.id = m.id

-- step: mark_failed
update ops.inbound_events set applied_at = %(now)s, outcome = 'failed' where id = %(id)s

-- step: forget
drop table told, held

-- step: refused_lately
select count(*) as events from ops.inbound_events
where outcome = 'about_us' and provider = %(source)s and applied_at > %(now)s - interval '1 day'
