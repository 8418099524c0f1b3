-- What was asked of providers, what it cost and what they said. Nothing here names a person: subjects are keyed hashes,
-- so an answer outlives a drop and is never paid for twice while it is fresh.
create table ops.provider_jobs (
    id bigint generated always as identity primary key,
    provider text not null,
    layer text not null,
    label text not null unique, -- our name for the job at the provider
    vendor_job text, -- the provider's name for it; empty until its answer to the upload is stored
    size integer not null,
    state text not null default 'uploading'
        check (state in ('uploading', 'uploaded', 'finished', 'failed', 'outcome_unknown')),
    is_findable boolean not null,
    session bigint not null,
    drop_key text,
    run_id text,
    created_at timestamptz not null default now(),
    finished_at timestamptz
);

create table ops.provider_calls (
    id bigint generated always as identity primary key,
    provider text not null,
    layer text not null check (layer in ('mailbox', 'activity', 'carrier')),
    endpoint text not null check (endpoint in ('single', 'batch', 'job', 'stream')),
    subject_key bytea not null,
    price numeric(12, 6) not null check (price >= 0),
    drop_key text,
    run_id text,
    session bigint not null, -- which process asked: a live one holds an advisory lock of this number
    job_id bigint references ops.provider_jobs (id),
    reserved_at timestamptz not null,
    settled_at timestamptz,
    outcome text not null default 'reserved'
        check (outcome in ('reserved', 'answered', 'not_found', 'rejected', 'failed', 'outcome_unknown')),
    fault text,
    latency_ms integer,
    reference text,
    status text,
    sub_status text,
    raw_status text,
    raw_sub_status text,
    is_known boolean,
    facts jsonb,
    retry_at timestamptz -- an answer that settles nothing is asked for again from here on
);
create index provider_calls_subject on ops.provider_calls (subject_key, layer, settled_at desc);
create index provider_calls_month on ops.provider_calls (provider, reserved_at);
-- Two drops with the same address at the same time: only one of them asks.
create unique index provider_calls_under_way on ops.provider_calls (provider, layer, subject_key) where outcome = 'reserved';
create sequence ops.provider_sessions;

-- What a month has cost, raised before a call is made: two processes cannot spend the same dollar.
create table ops.provider_months (
    provider text not null,
    month date not null,
    calls bigint not null default 0,
    spent numeric(14, 6) not null default 0,
    primary key (provider, month)
);

-- Domains that take mail for any local part, as our own probe found out. domain: A-labels, lower case.
create table ops.catch_all_domains (
    domain text primary key,
    is_catch_all boolean not null,
    checked_at timestamptz not null
);

alter table core.contacts
    add column email_mailbox_verified_at timestamptz,
    add column email_last_active_at timestamptz,
    add column email_last_active_until timestamptz,
    add column email_engagement_score smallint check (email_engagement_score between 0 and 100),
    add column email_open_likelihood smallint check (email_open_likelihood between 0 and 100),
    add column email_click_likelihood smallint check (email_click_likelihood between 0 and 100),
    add column email_risk_score smallint check (email_risk_score between 0 and 100),
    add column email_activity_verified_at timestamptz,
    add column phone_active boolean,
    add column phone_voip_kind text check (phone_voip_kind in ('fixed', 'non_fixed')),
    add column phone_carrier_verified_at timestamptz;
alter table core.email_validations
    add column raw_status text,
    add column raw_sub_status text;
alter table core.phone_validations
    add column is_active boolean,
    add column raw_status text,
    add column raw_sub_status text;

-- What curated.freshness said on a day; written every week.
create table ops.freshness_reports (
    day date not null,
    source text not null,
    layer text not null,
    contacts bigint not null,
    fresh_share double precision not null,
    primary key (day, source, layer)
);

-- A provider's own count beside ours. drift: credits that left the account and no call of ours explains, since the last look.
create table ops.provider_balances (
    provider text not null,
    looked_at timestamptz not null,
    credits double precision not null,
    billed_calls bigint not null,
    drift double precision,
    primary key (provider, looked_at)
);

create trigger address_bounced before update of hard_bounce, soft_bounce_count on core.contacts
for each row when (old.hard_bounce is distinct from new.hard_bounce or new.soft_bounce_count > old.soft_bounce_count)
execute function core.address_bounced();
