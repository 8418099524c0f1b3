-- step: months
select provider, spent from ops.provider_months where month = %(month)s

-- step: open_subjects
select substr(fingerprint, length(rule) + 2) as subject from ops.alerts where rule = %(rule)s and closed_at is null
