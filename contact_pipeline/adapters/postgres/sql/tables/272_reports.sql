-- Reports as they were made: of a week (its Monday) or a month (its first). Nothing of a person is in them.
create table ops.reports (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('freshness', 'compliance')),
    period date not null,
    title text not null,
    html text not null,
    made_at timestamptz not null,
    mailed_at timestamptz,
    unique (kind, period)
);
select audit.keep_facts('ops.reports', '{"mailed_at": "old.mailed_at is null"}');
