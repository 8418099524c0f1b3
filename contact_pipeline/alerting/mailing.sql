-- step: waiting
-- Whoever names a mail server today is not sent the reports of all the years before.
select id, kind, period, title, html from ops.reports where mailed_at is null and made_at > %(now)s - interval '7 days'
order by period, kind for no key update skip locked

-- step: note_mailed
update ops.reports set mailed_at = %(now)s where id = %(id)s
