-- Which transactions have ended: what is written by their numbers (seals, the ledger's suppressions) goes up to there.

-- The number of 64 bits for one of 32 (a row's xmin, a lock's), which is at most 2^31 away from `near`. age() would do where
-- nothing else ran, but it counts from a number that it reads by itself, later than the statement's snapshot.
create or replace function audit.full_id(id xid, near bigint) returns bigint language sql immutable parallel safe
return near - (((near & 4294967295) - id::text::bigint + 6442450944) % 4294967296 - 2147483648);

-- The oldest transaction of this database that is open, ours too; none: a number that whoever comes next is not below. What
-- older ones wrote is there for everybody, or for nobody. A snapshot's xmin would do, but that counts those of every database
-- of the server: a long job of somebody else's would hold ours up. Who holds a lock and is not in pg_stat_activity (a prepared
-- transaction) counts.
create or replace function audit.oldest_open() returns bigint language sql volatile
begin atomic
    -- A snapshot's xmax is one more than the newest that has ended: it may be below one that is open, here or elsewhere.
    select coalesce(min(audit.full_id(l.transactionid, n.next)), n.next)
    from (select pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next) n
    left join (
        select l.transactionid from pg_locks l left join pg_stat_activity a using (pid)
        where l.locktype = 'transactionid' and l.mode = 'ExclusiveLock' and l.granted
            and coalesce(a.datname, current_database()) = current_database()
    ) l on true
    group by n.next;
end;
