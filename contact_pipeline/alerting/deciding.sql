-- step: alerts
select a.id, a.rule, a.severity, a.fingerprint, a.counts, a.opened_at, a.closed_at, a.told_at, a.escalated_at,
    a.acknowledged_at, a.acknowledged_by
from ops.alerts a where a.closed_at is null or %(with_closed)s order by a.closed_at is not null, a.severity <> 'error', a.id

-- step: decisions
select decision, about, muted_until, reason, decided_by, decided_at from ops.alert_decisions order by id

-- step: mutes
select about, muted_until, reason, decided_by from (
    select distinct on (about) * from ops.alert_decisions where decision <> 'acknowledged' order by about, id desc
) last where muted_until > %(now)s order by about

-- step: channels
-- The last message of each channel, and what waits.
select channel, count(*) filter (where state in ('waiting', 'sending')) as waiting, count(*) filter (where state = 'failed') as failed,
    max(finished_at) filter (where state = 'sent') as last_sent_at,
    (array_agg(fault order by id desc) filter (where state in ('waiting', 'sending', 'failed') and fault is not null))[1] as fault
from ops.alert_deliveries where told_in is null group by channel order by channel

-- step: find
select id, rule, fingerprint, acknowledged_at from ops.alerts
where closed_at is null and (id::text = %(which)s or fingerprint = %(which)s)

-- step: acknowledge
update ops.alerts set acknowledged_at = %(now)s, acknowledged_by = %(actor)s where id = %(id)s

-- step: told_pagerduty
select d.message from ops.alert_deliveries d
where d.alert_id = %(id)s and d.channel = 'pagerduty' and d.state in ('waiting', 'sending', 'sent') order by d.id desc limit 1

-- step: acknowledge_there
insert into ops.alert_deliveries (alert_id, channel, kind, number, message, planned_at, next_try_at)
select %(id)s, 'pagerduty', 'acknowledged', 1 + count(*), %(message)s, %(now)s, %(now)s
from ops.alert_deliveries where alert_id = %(id)s and channel = 'pagerduty' and kind = 'acknowledged'

-- step: decide
insert into ops.alert_decisions (decision, about, muted_until, reason, decided_by, decided_at)
values (%(decision)s, %(about)s, %(muted_until)s, %(reason)s, %(actor)s, %(now)s)
