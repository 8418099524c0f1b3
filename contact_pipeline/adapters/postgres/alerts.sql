-- step: open_alert
-- Some are looked at every minute: what has not changed is not written again.
insert into ops.alerts (rule, severity, fingerprint, counts)
values (%(rule)s, %(severity)s, %(fingerprint)s, %(counts)s)
on conflict (fingerprint) where closed_at is null do update set counts = excluded.counts, severity = excluded.severity
    where (ops.alerts.counts, ops.alerts.severity) is distinct from (excluded.counts, excluded.severity)
