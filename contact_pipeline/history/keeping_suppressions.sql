-- Suppressions as the ledger keeps them.

-- step: position
-- Which database this is: a restored one has another timeline, or another number on its server. next: while a long transaction
-- is open, what others have written since shows there.
select audit.oldest_open() as transaction, pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next,
    concat_ws('/', (select system_identifier from pg_control_system()), (select oid from pg_database where datname = current_database()),
        left(pg_walfile_name(pg_current_wal_lsn()), 8)) as database

-- step: since
-- Rows that a transaction wrote, or said again, which had not ended by then.
with n as materialized (
    select pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next
), said as (
    select channel, null::text as purpose, reason, source, acted_at, received_at, created_at, last_said_at, subject_key, canonical_key
    from core.suppressions s, n
    where audit.full_id(s.xmin, n.next) >= %(since)s
    union all
    select channel, purpose, reason, source, acted_at, received_at, created_at, last_said_at, subject_key, canonical_key
    from core.purpose_suppressions s, n
    where audit.full_id(s.xmin, n.next) >= %(since)s
)
select channel, purpose, reason, source, acted_at, received_at, created_at, last_said_at as said_at,
    array_agg(encode(subject_key, 'hex') order by subject_key) as subjects,
    array_agg(encode(canonical_key, 'hex') order by subject_key) as mailboxes
from said
group by channel, purpose, reason, source, acted_at, received_at, created_at, last_said_at
order by said_at, channel, reason, source
