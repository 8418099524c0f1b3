-- What people asked of us (GDPR Art. 15-21), erasure with its proof, and opt-outs that only the person reopens.

-- When the channel was last closed by somebody's word: only a later, evidenced opt-in of the person reopens it.
alter table core.suppressions add column last_said_at timestamptz;
update core.suppressions set last_said_at = greatest(created_at, acted_at, received_at);
alter table core.suppressions
    alter column last_said_at set default now(),
    alter column last_said_at set not null;
alter table core.contacts
    add column email_closed_at timestamptz, -- last word for suppress_email; empty: not known, so nothing reopens it
    add column phone_closed_at timestamptz,
    add column processing_restricted boolean not null default false; -- kept and not used (Art. 18)

-- A flag set by hand names no time, so nothing reopens it; also where it stood already, with a time that a consent has
-- overtaken. Who knows the time sets it in the same statement.
create function core.closed_by_hand() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
    if tg_argv[0] = 'email' and new.suppress_email
        and new.email_closed_at is not distinct from old.email_closed_at then new.email_closed_at := null;
    elsif tg_argv[0] = 'phone' and new.suppress_phone
        and new.phone_closed_at is not distinct from old.phone_closed_at then new.phone_closed_at := null;
    end if;
    return new;
end $$;
create trigger email_closed_by_hand before update of suppress_email on core.contacts
    for each row when (coalesce(current_setting('contact_pipeline.actor', true), '') = '')
    execute function core.closed_by_hand('email');
create trigger phone_closed_by_hand before update of suppress_phone on core.contacts
    for each row when (coalesce(current_setting('contact_pipeline.actor', true), '') = '')
    execute function core.closed_by_hand('phone');

alter table raw.drops add column rows_erased bigint not null default 0;
alter table raw.drops drop constraint rows_are_conserved;
alter table raw.drops add constraint rows_are_conserved check (
    applied_at is null or rows_in = rows_loaded + rows_merged + rows_quarantined + rows_erased);
alter table raw.landed_rows drop constraint landed_rows_outcome_check;
alter table raw.landed_rows add constraint landed_rows_outcome_check
    check (outcome in ('loaded', 'merged', 'quarantined', 'erased'));

create table ops.subject_requests (
    id bigint generated always as identity primary key,
    reference text not null unique check (reference ~ '^[A-Za-z0-9._/-]{1,60}$'), -- our file number: no @, so no address
    kind text not null check (kind in ('access', 'export', 'rectify', 'restrict', 'erase')),
    subject_key bytea, -- of the address or number it came with
    channel text check (channel in ('email', 'phone')),
    contact_id bigint references core.contacts (id) on delete set null,
    contact_ids bigint[], -- whom it meant when it was served
    received_at timestamptz not null,
    due_at timestamptz not null,
    extended_until timestamptz,
    extension_reason text,
    identity_check text,
    details jsonb, -- what is to be corrected; emptied when done
    state text not null default 'open' check (state in ('open', 'done', 'refused')),
    outcome text,
    recorded_by text not null,
    recorded_at timestamptz not null default now(),
    closed_at timestamptz,
    closed_by text
);
create index subject_requests_open on ops.subject_requests (due_at) where state = 'open';
create index subject_requests_contact on ops.subject_requests (contact_id) where contact_id is not null;

-- One row for each erasure; the certificate names what was searched and how much of it, and nobody.
create table ops.erasures (
    id uuid primary key,
    request_id bigint references ops.subject_requests (id),
    reason text not null check (reason in ('request', 'retention')),
    began_at timestamptz not null,
    erased_at timestamptz,
    scanned_at timestamptz,
    scrubbed_at timestamptz,
    findings bigint,
    certificate jsonb
);

-- Keys of erased people, copied from the ledger outside the database at every start: a restored backup gets them back.
create table core.erased_keys (
    subject_key bytea primary key,
    erased_at timestamptz not null
);

-- When a contact was first listed as due to go: the warning period counts from here.
create table core.retention_notices (
    contact_id bigint primary key references core.contacts (id) on delete cascade,
    noticed_at timestamptz not null
);

create trigger answer_is_wanted before insert on core.provider_answers for each row execute function core.answer_is_wanted();

create index consent_records_ends on core.consent_records (ends_id) where ends_id is not null; -- deleted with its grant

-- Evidence is appended (GDPR Art. 7(1)): a consent is neither changed nor taken away, but by erasure, which says so.
create function core.consent_is_evidence() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
    if coalesce(current_setting('contact_pipeline.erasing', true), '') = 'on' then
        return case when tg_op = 'DELETE' then old else new end;
    end if;
    if tg_op = 'UPDATE' and to_jsonb(new) - 'ends_id' = to_jsonb(old) - 'ends_id' and new.ends_id is null then
        return new; -- the grant that it ended went with its contact
    end if;
    raise exception 'core.consent_records is append-only: write a withdrawal as a row of its own, or erase the person'
        using errcode = 'restrict_violation';
end $$;
create trigger consent_is_evidence before update or delete on core.consent_records
    for each row execute function core.consent_is_evidence();
create trigger consents_are_kept before truncate on core.consent_records
    for each statement execute function core.consent_is_evidence();

drop trigger permissions_asked on core.contacts;
create trigger permissions_asked after update of suppress_email, suppress_phone, deletion_requested, hard_bounce,
    processing_restricted on core.contacts
    for each statement when (coalesce(current_setting('contact_pipeline.actor', true), '') = '')
    execute function ops.ask_for_permissions();
