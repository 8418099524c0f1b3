-- Two more endings of a call, held jobs that a person releases, and the periods of the policy where views can read them.
alter table ops.provider_calls drop constraint provider_calls_outcome_check;
alter table ops.provider_calls add constraint provider_calls_outcome_check check (outcome in (
    'reserved', 'answered', 'not_found', 'rejected', 'opted_out', 'pending', 'failed', 'outcome_unknown'));
drop index ops.provider_calls_month; -- nothing asks by it
create index provider_calls_drop on ops.provider_calls (drop_key);
create index provider_calls_run on ops.provider_calls (run_id, provider) where run_id is not null;

alter table ops.provider_jobs
    drop column is_findable,
    add column released_by text,
    add column released_because text;

create table core.refresh_periods (
    layer text primary key,
    refresh_days integer not null check (refresh_days > 0)
);
