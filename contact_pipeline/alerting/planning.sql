-- step: to_look_at
-- What a stage is changing just now is looked at in a minute.
-- flickers: it is back right after its end was told, and has not stayed for long yet.
select a.id, a.rule, a.severity, a.fingerprint, a.counts, a.opened_at, a.closed_at, a.told_at, a.told_last_at, a.told_severity,
    a.escalated_at, a.acknowledged_at,
    a.opened_at > clock_timestamp() - interval '10 minutes' and exists (
        select from ops.alerts o where o.fingerprint = a.fingerprint and o.settled_at is not null
            and o.closed_at > a.opened_at - interval '30 minutes' and o.closed_at <= a.opened_at) as flickers
from ops.alerts a
where a.closed_at is null or a.told_at is not null and a.settled_at is null
order by a.id for no key update of a skip locked

-- step: open_alerts
select fingerprint, rule from ops.alerts where closed_at is null order by id

-- step: muted
select about from (
    select distinct on (about) about, muted_until from ops.alert_decisions where decision <> 'acknowledged' order by about, id desc
) last
where muted_until > %(now)s

-- step: told_on
-- Where somebody has seen it, may have, or will with others that share a message.
select distinct d.channel
from ops.alert_deliveries d
left join ops.alert_deliveries lead on lead.id = d.told_in
where d.alert_id = %(alert)s and d.kind <> 'resolved' and (
    coalesce(lead.state, d.state) in ('sending', 'sent') or coalesce(lead.state, d.state) = 'waiting' and coalesce(lead.attempts, d.attempts) > 0
    or lead.state = 'waiting' or d.state = 'waiting' and exists (select from ops.alert_deliveries c where c.told_in = d.id))

-- step: has_waiting
select exists (select from ops.alert_deliveries where alert_id = %(alert)s and channel = %(channel)s and state = 'waiting') as waits

-- step: drop_waiting
-- It has passed before anybody heard of it.
update ops.alert_deliveries d set state = 'dropped', finished_at = %(now)s
where alert_id = %(alert)s and state = 'waiting' and attempts = 0 and told_in is null
    and not exists (select from ops.alert_deliveries c where c.told_in = d.id)

-- step: plan
insert into ops.alert_deliveries (alert_id, channel, kind, number, message, told_in, planned_at, next_try_at)
select %(alert)s, %(channel)s, %(kind)s, 1 + count(*), %(message)s, %(told_in)s, %(now)s, %(now)s
from ops.alert_deliveries where alert_id = %(alert)s and channel = %(channel)s and kind = %(kind)s
returning id

-- step: note_told
update ops.alerts set told_at = coalesce(told_at, %(now)s), told_last_at = %(now)s, told_severity = severity,
    escalated_at = case when %(is_escalated)s then %(now)s else escalated_at end
where id = %(alert)s

-- step: settle
update ops.alerts set settled_at = %(now)s where id = %(alert)s
