-- step: open_alert
insert into ops.alerts (rule, severity, fingerprint, counts)
values (%(rule)s, %(severity)s, %(fingerprint)s, %(counts)s)
on conflict (fingerprint) where closed_at is null do update set counts = excluded.counts, severity = excluded.severity
