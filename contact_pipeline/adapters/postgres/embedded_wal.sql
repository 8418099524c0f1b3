-- The embedded server's write-ahead log, and the slots that keep it.

-- step: is_kept
select current_setting('wal_level') <> 'minimal' as is_kept

-- step: position
-- The clock first: what was committed by then is flushed by the time that the position is read.
with clock as materialized (select clock_timestamp() as at)
select clock.at, pg_current_wal_flush_lsn()::text as lsn,
    ('x' || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))::bit(32)::int as timeline,
    (select setting::int from pg_settings where name = 'wal_segment_size') as segment_bytes
from clock

-- step: drop_lost
select pg_drop_replication_slot(slot_name) from pg_replication_slots
where slot_name = %(slot)s and not active and wal_status in ('lost')

-- step: hold
select pg_create_physical_replication_slot(%(slot)s, true)
where not exists (select from pg_replication_slots where slot_name = %(slot)s)

-- step: release
select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = %(slot)s and not active

-- step: is_known
select exists (select from pg_replication_slots where slot_name = %(slot)s) as is_known

-- step: held_from
select restart_lsn::text as lsn from pg_replication_slots
where slot_name = %(slot)s and wal_status <> 'lost'

-- step: let_go
select pg_replication_slot_advance(slot_name, %(lsn)s::pg_lsn) from pg_replication_slots
where slot_name = %(slot)s and restart_lsn < %(lsn)s::pg_lsn
