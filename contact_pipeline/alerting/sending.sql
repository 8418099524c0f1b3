-- step: oldest
select id, alert_id, key, message, kind, next_try_at from ops.alert_deliveries
where channel = %(channel)s and state in ('waiting', 'sending') and told_in is null order by id limit 1

-- step: thread
select fingerprint || '#' || id as thread from ops.alerts where id = %(alert)s

-- step: begin_try
update ops.alert_deliveries set state = 'sending', attempts = attempts + 1 where id = %(id)s returning attempts, planned_at

-- step: note_sent
update ops.alert_deliveries set state = 'sent', finished_at = %(now)s, fault = %(fault)s
where id = %(id)s or told_in = %(id)s

-- step: note_failed
update ops.alert_deliveries set state = 'failed', finished_at = %(now)s, fault = %(fault)s
where id = %(id)s or told_in = %(id)s

-- step: note_waiting
update ops.alert_deliveries set state = 'waiting', next_try_at = %(next_try_at)s, fault = %(fault)s
where id = %(id)s or told_in = %(id)s
