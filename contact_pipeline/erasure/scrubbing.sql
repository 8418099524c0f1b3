-- step: rewritten_tables
-- Every table of ours that erasing may have changed, Dagster's among them.
select format('%%I.%%I', n.nspname, c.relname) as name
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('raw', 'core', 'audit', 'ops', 'dagster') and c.relkind = 'r'
    and pg_has_role(current_user, c.relowner, 'USAGE') -- of others' tables VACUUM only warns
order by 1

-- step: switch_wal
select pg_switch_wal()
