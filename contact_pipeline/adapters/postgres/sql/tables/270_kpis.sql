-- One row for each KPI (core/kpis.py), day and scope: all, source:NAME, drop:KEY, provider:NAME, country:XX. A past day stays
-- as it was written. Of a drop a row is written on the days on which it changed, and holds until the next.
create table ops.kpi_history (
    metric text not null,
    scope text not null,
    day date not null,
    value double precision,
    numerator double precision,
    denominator double precision,
    unknown double precision, -- of the denominator, or left out of it: nobody knows
    goal double precision not null,
    distance double precision, -- from the goal, below 0: missed
    expected double precision, -- by its own last weeks
    is_anomaly boolean not null default false,
    reason text, -- why there is no value
    computed_at timestamptz not null default now(),
    primary key (metric, scope, day),
    check ((value is null) = (reason is not null))
);
create index kpi_history_day on ops.kpi_history (day);

-- When a day was measured and how long that took: in a large database today is not measured again with every drop.
create table ops.kpi_days (
    day date primary key,
    measured_at timestamptz not null,
    seconds double precision not null
);
