-- What a restored database holds, in counts.

-- step: archived
select archived_as from raw.drops

-- step: report
select (select count(*) from core.contacts where deletion_completed is null) as contacts, (select count(*) from raw.drops) as drops,
    (select count(*) from core.suppressions) as suppressions, (select count(*) from ops.erasures) as erasures,
    coalesce((select (counts ->> 'facts')::int from ops.alerts where rule = 'database_older_than_ledger' and closed_at is null), 0)
        as facts_brought_back,
    coalesce((select (counts ->> 'drops')::int from ops.alerts where rule = 'database_older_than_ledger' and closed_at is null), 0)
        as drops_brought_back
