-- What left by `contact-pipeline export`, and what stewards have ruled.

-- A disclosure is written down before its first byte goes out and completed after the last; without an outcome the program
-- was killed in between, so that nobody knows how far it came. Names nobody but who exported.
create table ops.exports (
    id bigint generated always as identity primary key,
    view_name text not null,
    format text not null check (format in ('csv', 'parquet')),
    destination text not null check (destination in ('file', 'stdout')),
    columns text[] not null,
    purposes text[] not null,
    is_purpose_stated boolean not null,
    exported_by text not null,
    login text not null default session_user,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    outcome text check (outcome in ('complete', 'failed')),
    row_count bigint check (row_count >= 0),
    sha256 text check (sha256 ~ '^[0-9a-f]{64}$')
);
select audit.keep_facts('ops.exports', (
    select jsonb_object_agg(c, 'old.outcome is null') from unnest(array['finished_at', 'outcome', 'row_count', 'sha256']) c));

-- A ruling waits here until the pipeline works it off: what follows from a value (keys, claims, verdicts) is not SQL's to do.
alter table ops.reviews
    add column ruling text check (ruling in ('accepted', 'rejected', 'corrected')),
    add column ruled_field text,
    add column ruled_value text,
    add column ruled_by text,
    add column ruled_at timestamptz,
    add column refusal text; -- why the last ruling could not be carried out: names of fields, no value
create index reviews_ruled on ops.reviews (ruled_at) where closed_at is null and ruling is not null;

-- The trail is asked by period, and by actor; it grows in the order of time. What the two cost 150,000 rows is lost in the
-- noise (0.8 s); a third one, by field, would cost a fifth more.
create index changes_changed_at on audit.changes using brin (changed_at) with (pages_per_range = 16, autosummarize = on);
create index changes_actor on audit.changes (changed_by, changed_at);
