-- step: issue_token
update ops.subject_requests set job_token_hash = %(hash)s, job_token_until = %(until)s, job_token_run = null
where id = %(id)s and state = 'open'

-- step: redeem_token
-- In one statement, so that of two runs with one token only one has it.
update ops.subject_requests set job_token_run = %(run)s
where id = %(id)s and kind = %(kind)s and job_token_hash = %(hash)s
    and (job_token_run = %(run)s or (job_token_run is null and job_token_until > %(now)s))
returning id
