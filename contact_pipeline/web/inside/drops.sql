-- What a drop's page shows beside what the command line shows.

-- step: reasons
select r.reason, count(*) as rows from curated.quarantine q cross join unnest(q.reasons) r (reason)
where q.drop_key = %(key)s group by 1 order by 2 desc, 1
