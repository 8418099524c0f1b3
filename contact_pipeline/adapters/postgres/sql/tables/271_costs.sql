-- What each month cost, line by line (core/costs.py), beside plan and forecast. A month that is over for a month stays.
create table ops.costs (
    month date not null,
    kind text not null check (kind in ('month', 'year', 'one_time', 'unit')),
    item text not null,
    provider text not null default '', -- of a forecast by provider and layer; empty: the whole line
    layer text not null default '',
    low double precision,
    high double precision,
    planned double precision,
    actual double precision, -- empty: nobody has said
    forecast double precision,
    hours double precision,
    computed_at timestamptz not null,
    primary key (month, kind, item, provider, layer)
);
