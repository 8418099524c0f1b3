-- Whoever reaches the Dagster UI can start a job with any number. So a rights job also needs what the identity check of its
-- request handed out: random, kept as a hash, for one run and for a day (rights/job_tokens.py).
alter table ops.subject_requests
    add column job_token_hash bytea,
    add column job_token_until timestamptz,
    add column job_token_run text; -- the run that used it
