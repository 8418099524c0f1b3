-- Kept counts only; curated.verdict_quality is small by nature, and the quarantine is read by its newest rows.

-- step: newest
select max(day) as day from curated.quality_counts

-- step: verdicts_over_time
select day, part, sum(count)::bigint as count, sum(sum(count)) over (partition by day)::bigint as total
from curated.quality_counts
where chart = 'verdicts' and day >= %(since)s and (%(source)s = '' or label = %(source)s)
group by day, part order by day, part

-- step: counts_of
select chart, label, part, count, total from curated.quality_counts where day = %(day)s order by chart, label, part

-- step: verifiers
select provider, layer, status, mail_host_family, messages, bounces, bounce_rate, bounce_rate_low, bounce_rate_high
from curated.verdict_quality order by messages desc, provider, layer, status limit 100

-- step: quarantine
select drop_key, source, row_number, stage, reasons, created_at from curated.quarantine
order by created_at desc, drop_key, row_number limit %(limit)s

-- step: quarantine_reasons
select r.reason, count(*) as rows from curated.quarantine q cross join unnest(q.reasons) r (reason)
group by 1 order by 2 desc, 1 limit 15
