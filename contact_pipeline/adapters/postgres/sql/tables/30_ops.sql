-- What the pipeline remembers of its own work. Nothing here names a person.
create table ops.subject_key (
    only_row boolean primary key default true check (only_row),
    fingerprint text not null,
    created_at timestamptz not null default now()
);

create table ops.domains (
    domain text primary key,
    verdict text not null check (verdict in ('valid', 'invalid', 'unknown')),
    reason text,
    checked_at timestamptz not null,
    expires_at timestamptz not null
);

-- The latest finished run of each stage for each drop: same input and same rules means nothing to do.
create table ops.stage_runs (
    drop_key text not null references raw.drops (key) on delete cascade,
    stage text not null,
    input_hash text not null,
    rules text not null,
    row_count bigint not null,
    counts jsonb not null default '{}',
    seconds double precision not null,
    run_id text,
    as_of timestamptz, -- the pipeline's clock when it began: what was judged later has not been seen
    finished_at timestamptz not null default now(),
    primary key (drop_key, stage)
);

create table ops.alerts (
    id bigint generated always as identity primary key,
    rule text not null,
    severity text not null check (severity in ('info', 'warning', 'error')),
    fingerprint text not null,
    counts jsonb not null default '{}',
    opened_at timestamptz not null default now(),
    closed_at timestamptz
);
create unique index alerts_open on ops.alerts (fingerprint) where closed_at is null;

create table ops.reviews (
    id bigint generated always as identity primary key,
    kind text not null,
    contact_id bigint references core.contacts (id) on delete cascade,
    other_contact_id bigint references core.contacts (id) on delete cascade,
    drop_key text,
    row_number bigint,
    opened_at timestamptz not null default now(),
    closed_at timestamptz,
    closed_by text,
    decision text,
    unique (kind, drop_key, row_number, contact_id)
);

-- One row a day: the figures of curated.data_quality as they stood (written by the asset curated/data_quality).
create table ops.data_quality_days (
    day date primary key,
    figures jsonb not null,
    measured_at timestamptz not null default now()
);

-- When the permissions of all contacts were last decided anew, and by which policy.
create table ops.permission_sync (
    only_row boolean primary key default true check (only_row),
    policy text not null default '',
    decided_on date,
    is_asked boolean not null default true
);
insert into ops.permission_sync default values;
