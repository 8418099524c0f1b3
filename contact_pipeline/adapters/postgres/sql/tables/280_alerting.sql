-- Who was told of an alert, and what people decided about it. Nothing here names a person the data are about.

alter table ops.alerts
    add column told_at timestamptz, -- first; by the clock of whoever told
    add column told_last_at timestamptz,
    add column told_severity text,
    add column escalated_at timestamptz,
    add column acknowledged_at timestamptz,
    add column acknowledged_by text,
    add column settled_at timestamptz; -- its end was told to those who had been told of it, or nobody had
create index alerts_closed on ops.alerts (fingerprint, closed_at) where closed_at is not null;
create index alerts_to_tell on ops.alerts (id) where closed_at is null or told_at is not null and settled_at is null;

-- One message on one channel. It is written in the transaction that marks the alert as told; nothing is sent before.
-- message: what is sent, as it was then. told_in: several alerts of one rule share one message.
create table ops.alert_deliveries (
    id bigint generated always as identity primary key,
    alert_id bigint not null references ops.alerts (id) on delete cascade,
    channel text not null check (channel in ('slack', 'email', 'webhook', 'pagerduty')),
    kind text not null check (kind in ('opened', 'repeated', 'escalated', 'acknowledged', 'resolved')),
    number integer not null check (number > 0), -- of this kind, for this alert and channel
    key uuid not null unique default gen_random_uuid(), -- the receiver knows a repetition by it
    message jsonb not null,
    told_in bigint references ops.alert_deliveries (id) on delete cascade,
    state text not null default 'waiting' check (state in ('waiting', 'sending', 'sent', 'failed', 'dropped')),
    attempts integer not null default 0 check (attempts >= 0),
    planned_at timestamptz not null,
    next_try_at timestamptz not null,
    finished_at timestamptz,
    fault text,
    unique (alert_id, channel, kind, number)
);
create index alert_deliveries_due on ops.alert_deliveries (channel, id) where state in ('waiting', 'sending') and told_in is null;

-- Who acknowledged, muted or unmuted what: a rule by its name, or one alert by its fingerprint. Append-only.
create table ops.alert_decisions (
    id bigint generated always as identity primary key,
    decision text not null check (decision in ('acknowledged', 'muted', 'unmuted')),
    about text not null,
    muted_until timestamptz,
    reason text not null default '',
    decided_by text not null,
    login text not null default session_user,
    decided_at timestamptz not null,
    check ((decision = 'muted') = (muted_until is not null))
);
select audit.keep_facts('ops.alert_decisions');
create index alert_decisions_about on ops.alert_decisions (about, id desc) where decision <> 'acknowledged';
