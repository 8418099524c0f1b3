-- What the desk writes down: consents with their evidence, and when somebody acted, when we heard of it and when it held.
alter table core.consent_records
    add column purpose text,
    add column evidence text,
    add column document_hash text check (document_hash ~ '^[0-9a-f]{64}$'),
    add column notice_version text,
    add column recorded_by text,
    add column ends_id bigint references core.consent_records (id) on delete set null;

alter table core.suppressions
    add column acted_at timestamptz,
    add column received_at timestamptz not null default now(),
    add column recorded_by text;
