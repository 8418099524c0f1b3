-- The chain over audit.changes (functions/sealing.sql), made and computed again.

-- step: seal
select audit.seal() as rows

-- step: head
select coalesce(b.block, 0) as block, coalesce(encode(b.head, 'hex'), '') as hash, coalesce(b.last_id, 0) as last_id,
    (select coalesce(sum(rows), 0)::bigint from audit.blocks) as rows, b.sealed_at
from (values (1)) one left join lateral (select * from audit.blocks order by block desc limit 1) b on true

-- step: counts
select count(*) as rows, count(*) filter (where s.salt is null) as redacted,
    (select count(*) from audit.changes c where c.id > coalesce((select max(last_id) from audit.blocks), 0)) as unsealed
from audit.seals s

-- step: is_in_chain
select exists (select from audit.blocks where block || ':' || encode(head, 'hex') = %(head)s) or %(head)s = '0:' as is_so

-- step: row_faults
select f.* from (
    select case when c is null then 'missing' when s.change_id is null then 'added' when t.is_changed then 'changed'
        when s.salt is null and r.last_id is null then 'redacted' end as what,
        coalesce((c).id, s.change_id) as where,
        case when c is null then 'the row is gone' when s.change_id is null then 'the row was written in among sealed ones'
            when t.is_changed then 'the row is not the one that was sealed' else 'its values are gone, and no erasure says so'
            end || coalesce(': ' || (c).table_name || '.' || (c).field, '') as details
    from audit.seals s
    full join (select c from audit.changes c where c.id <= coalesce((select max(last_id) from audit.blocks), 0)) x
        on (x.c).id = s.change_id
    left join (select coalesce(contact_id, -1) as contact_id, max(id) as last_id from audit.changes
        where table_name = 'audit.changes' group by 1) r
        on r.contact_id = coalesce((x.c).contact_id, -1) and r.last_id > (x.c).id
    -- Of a row whose values were taken only the rest can still be held against its seal.
    cross join lateral (select s.leaf is distinct from audit.leaf(s.commitment, x.c)
        or s.salt is not null and s.commitment is distinct from audit.commitment(s.salt, x.c) as is_changed) t
) f
where f.what is not null order by f.where limit %(most)s

-- step: block_faults
-- A block that does not follow from the one before it and its rows' seals.
select 'block' as what, b.block as where, case when b.is_next then 'its head does not fit its rows and the block before'
    else 'a block before it is missing' end || format(' (rows %%s to %%s)', b.first_id, b.last_id) as details
from (
    select b.*, coalesce(lag(b.last_id) over w, 0) + 1 as first_id, b.block = coalesce(lag(b.block) over w, 0) + 1 as is_next,
        coalesce(lag(b.head) over w, '') as before
    from audit.blocks b window w as (order by b.block)
) b
cross join lateral (
    select count(*) as rows, coalesce(string_agg(s.leaf, '' order by s.change_id), '') as leaves
    from audit.seals s where s.change_id between b.first_id and b.last_id
) s
where not b.is_next or b.rows <> s.rows or b.head <> audit.head(b.before, b.block, b.last_id, b.sealed_at, s.leaves)
order by b.block limit %(most)s
