-- The ledger of calls to providers, for one layer. Each step is a transaction of its own, so that a crash forgets nothing.

-- step: hold_session
select pg_advisory_lock(hashtext('contact_pipeline.provider_session'), %(session)s::integer)

-- step: next_session
select (nextval('ops.provider_sessions') %% 2000000000)::bigint as session

-- step: lose_calls_of_the_dead
-- A process that died between asking and storing the answer: nobody can tell whether these were done. Single calls are
-- asked again (at most those in flight); jobs are found again or held for a person (asking/bulk_jobs.py).
update ops.provider_calls c set outcome = 'outcome_unknown', settled_at = %(now)s, retry_at = %(now)s
where c.outcome = 'reserved' and c.job_id is null and c.layer = %(layer)s and c.session = any (array(
    select s.session from (select distinct session from ops.provider_calls where outcome = 'reserved' and session <> %(session)s) s
    where not exists (select from pg_locks l where l.locktype = 'advisory' and l.granted
        and l.classid::bigint = (hashtext('contact_pipeline.provider_session')::bigint & 4294967295) and l.objid::bigint = s.session
        and l.database = (select oid from pg_database where datname = current_database()))))

-- step: unanswered
-- Nobody is asked about who opted out (whatever the channel) and has not reopened it since, nor how an address is used
-- that has no mailbox.
select k.key from unnest(%(keys)s::bytea[]) k (key)
where not exists (select from core.suppressions s where s.subject_key = k.key and not exists (
    select from core.consent_records r
    where r.consent_type in (s.channel, 'any') and core.is_opt_in(r) and core.is_reopened(s.reason, s.last_said_at, r.consent_date)
        and r.contact_id in (
            select id from core.contacts where email_key = k.key or phone_key = k.key
            union select contact_id from core.contact_points where email_key = k.key or phone_key = k.key)))
and not (%(layer)s = 'activity' and exists (
    select from ops.provider_calls c where c.subject_key = k.key and c.layer = 'mailbox' and c.status = 'invalid'
        and c.settled_at + core.jittered(%(refresh_days)s, c.subject_key) > %(now)s))
and not exists (
    select from ops.provider_calls c
    where c.subject_key = k.key and c.layer = %(layer)s and (%(providers)s::text[] is null or c.provider = any (%(providers)s::text[]))
        and (
            -- what one provider does not cover or refuses, the next may know
            c.outcome = 'answered' and c.status <> 'unknown'
                and c.settled_at + core.jittered(%(refresh_days)s, c.subject_key) > %(now)s
                and (c.retry_at is null or c.retry_at > %(now)s) -- a bounce since makes it stale
            -- a job of a provider that is not asked any longer holds nobody back
            or (c.outcome = 'reserved' or c.outcome = 'outcome_unknown' and c.endpoint = 'job') and c.provider = any (%(configured)s::text[])
        ))

-- step: askable
select k.key from unnest(%(keys)s::bytea[]) k (key)
where not exists (
    select from ops.provider_calls c
    where c.subject_key = k.key and c.layer = %(layer)s and c.provider = %(provider)s
        and (c.outcome = 'reserved' or c.retry_at > %(now)s
            or c.outcome in ('answered', 'not_found', 'rejected') and c.retry_at is null
                and c.settled_at + core.jittered(%(refresh_days)s, c.subject_key) > %(now)s))

-- step: open_month
insert into ops.provider_months (provider, month) values (%(provider)s, %(month)s) on conflict do nothing

-- step: month_for_update
select spent from ops.provider_months where provider = %(provider)s and month = %(month)s for update

-- step: reserve
insert into ops.provider_calls (provider, layer, endpoint, subject_key, price, drop_key, run_id, session, job_id, reserved_at)
select %(provider)s, %(layer)s, %(endpoint)s, k.key, %(price)s, %(drop_key)s, %(run_id)s, %(session)s, %(job)s, %(now)s
from unnest(%(keys)s::bytea[]) k (key)
where not exists ( -- another drop may have asked since this one looked; the month's lock makes them take turns
    select from ops.provider_calls c
    where c.subject_key = k.key and c.layer = %(layer)s and c.provider = %(provider)s and (
        c.retry_at > %(now)s or c.outcome = 'outcome_unknown' and c.endpoint = 'job'
        or c.outcome in ('answered', 'not_found', 'rejected') and c.retry_at is null
            and c.settled_at + core.jittered(%(refresh_days)s, c.subject_key) > %(now)s))
order by k.key -- two drops with the same subjects wait for one another in one order
on conflict (provider, layer, subject_key) where outcome = 'reserved' do nothing
returning subject_key, id

-- step: spend
update ops.provider_months set calls = calls + %(calls)s, spent = spent + %(calls)s * %(price)s::numeric
where provider = %(provider)s and month = %(month)s

-- step: refund
-- What was not billed goes back to its month. Before the calls are settled, while their price still stands.
update ops.provider_months m set spent = m.spent - r.price
from (
    select c.provider, date_trunc('month', c.reserved_at at time zone 'utc')::date as month, sum(c.price) as price
    from ops.provider_calls c where c.id = any (%(ids)s) and c.outcome = 'reserved' group by 1, 2
) r
where m.provider = r.provider and m.month = r.month

-- step: settle
update ops.provider_calls c set outcome = e.outcome, fault = e.fault, latency_ms = e.latency_ms, reference = e.reference,
    status = e.status, sub_status = e.sub_status, raw_status = e.raw_status, raw_sub_status = e.raw_sub_status,
    is_known = e.is_known, facts = e.facts, settled_at = %(now)s, price = case when e.is_billed then c.price else 0 end,
    -- The same subject without a verdict again: three times as long a rest, up to the period of a verdict. A call
    -- that was never sent, because the provider was left, counts for no time.
    retry_at = case when e.retry_after_s is not null then %(now)s + least(make_interval(days => %(refresh_days)s), make_interval(
        secs => e.retry_after_s * power(3, least(8, (
            select count(*) from ops.provider_calls p
            where p.subject_key = c.subject_key and p.layer = c.layer and p.provider = c.provider and p.id < c.id
                and p.fault is distinct from 'circuit_open'
                and (p.outcome in ('failed', 'pending') or p.status = 'unknown')
                and p.settled_at > %(now)s - make_interval(days => %(refresh_days)s)))))) end
from jsonb_to_recordset(%(calls)s::jsonb) as e (
    id bigint, outcome text, fault text, latency_ms integer, reference text, status text, sub_status text,
    raw_status text, raw_sub_status text, is_known boolean, facts jsonb, retry_after_s double precision, is_billed boolean)
where c.id = e.id and c.outcome = 'reserved'

-- step: keep_answers
-- What is said of a person stands apart (core.provider_answers): the ledger names nobody. Only of profile layers.
insert into core.provider_answers (call_id, subject_key, layer, provider, facts, answered_at)
select c.id, c.subject_key, c.layer, c.provider, a.answer, c.settled_at
from jsonb_to_recordset(%(calls)s::jsonb) as a (id bigint, answer jsonb)
join ops.provider_calls c on c.id = a.id
where c.outcome = 'answered' and c.status <> 'unknown' or c.outcome = 'not_found'
on conflict (call_id) do nothing

-- step: open_day
insert into ops.enrichment_days (day) values (%(day)s) on conflict do nothing

-- step: day_for_update
select spent from ops.enrichment_days where day = %(day)s for update

-- step: spend_day
update ops.enrichment_days set spent = spent + %(calls)s * %(price)s::numeric where day = %(day)s

-- step: refund_day
update ops.enrichment_days d set spent = d.spent - r.price
from (
    select (c.reserved_at at time zone 'utc')::date as day, sum(c.price) as price
    from ops.provider_calls c where c.id = any (%(ids)s) and c.outcome = 'reserved' and c.layer = any (%(profile_layers)s) group by 1
) r
where d.day = r.day

-- step: claim_orphaned_jobs
-- Ours from here on: two processes never take up the same job.
update ops.provider_jobs o set session = %(session)s
where o.id = any (array(
    select j.id from ops.provider_jobs j
    where j.provider = %(provider)s and j.layer = %(layer)s and j.state in ('uploading', 'uploaded')
        and j.session <> %(session)s and not exists (
            select from pg_locks l where l.locktype = 'advisory' and l.granted
                and l.classid::bigint = (hashtext('contact_pipeline.provider_session')::bigint & 4294967295) and l.objid::bigint = j.session
                and l.database = (select oid from pg_database where datname = current_database()))
    for update skip locked))
returning o.id, o.label, o.vendor_job, o.created_at < %(now)s - interval '2 days' as is_old

-- step: take_turn
-- One process at a time asks a provider call by call: its rate limit is for the account, not for each of our processes.
select pg_advisory_lock(hashtext('contact_pipeline.provider_turn'), hashtext(%(provider)s))

-- step: end_turn
select pg_advisory_unlock(hashtext('contact_pipeline.provider_turn'), hashtext(%(provider)s))

-- step: spent_by_run
select provider, sum(price)::double precision as spent from ops.provider_calls where run_id = %(run_id)s group by provider

-- step: create_opted_out
-- Who told a provider to stop processing their data: an erasure request that reaches us through it.
create temporary table opted_out on commit drop as
select distinct x.id as contact_id, k.provider, k.drop_key
from ops.provider_calls k
join core.contacts x on x.email_key = k.subject_key
    or x.id in (select p.contact_id from core.contact_points p where p.email_key = k.subject_key)
    or x.id in (select q.contact_id from core.profile_questions q where q.subject_key = k.subject_key)
where k.id = any (%(ids)s)

-- step: suppress_opted_out
insert into core.suppressions (subject_key, channel, reason, source, drop_key)
select k.subject_key, 'email', 'legal', 'provider:' || k.provider, k.drop_key from ops.provider_calls k where k.id = any (%(ids)s)
union
select v.key, v.channel, 'legal', 'provider:' || o.provider, o.drop_key
from opted_out o join core.contacts c on c.id = o.contact_id
cross join lateral (values (c.email_key, 'email'), (c.phone_key, 'phone')) v (key, channel)
where v.key is not null
on conflict do nothing

-- step: review_opted_out
insert into ops.reviews (kind, contact_id, drop_key)
select distinct 'erasure_request', o.contact_id, o.drop_key from opted_out o
where not exists (select from ops.reviews r where r.kind = 'erasure_request' and r.contact_id = o.contact_id)

-- step: forbid_opted_out
update core.contacts x set deletion_requested = true, can_email = false, can_call = false
from opted_out o where x.id = o.contact_id and not x.deletion_requested

-- step: begin_job
insert into ops.provider_jobs (provider, layer, label, size, session, drop_key, run_id)
values (%(provider)s, %(layer)s, %(label)s, %(size)s, %(session)s, %(drop_key)s, %(run_id)s)
returning id

-- step: uploaded
update ops.provider_jobs set vendor_job = %(vendor_job)s, state = 'uploaded', session = %(session)s where id = %(job)s

-- step: job_calls
select subject_key, id from ops.provider_calls where job_id = %(job)s and outcome = 'reserved'

-- step: job_size
select count(*) as size from ops.provider_calls where job_id = %(job)s

-- step: close_job
update ops.provider_jobs set state = %(state)s, finished_at = now() where id = %(job)s

-- step: hold_job_calls
update ops.provider_calls set outcome = 'outcome_unknown', settled_at = %(now)s where job_id = %(job)s and outcome = 'reserved'

-- step: months
select provider, spent from ops.provider_months where month = %(month)s and provider = any (%(names)s)

-- step: catch_all
select is_catch_all from ops.catch_all_domains
where domain = %(domain)s and checked_at > %(now)s - make_interval(days => %(refresh_days)s)

-- step: remember_catch_all
insert into ops.catch_all_domains (domain, is_catch_all, checked_at) values (%(domain)s, %(is_catch_all)s, %(now)s)
on conflict (domain) do update set is_catch_all = excluded.is_catch_all, checked_at = excluded.checked_at
