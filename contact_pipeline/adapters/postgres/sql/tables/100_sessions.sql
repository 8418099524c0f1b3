-- Who works in a session, where no role can forge it, and opt-outs taken back.

-- One row for each session of the program, written by audit.set_session and audit.begin_erasing only. pid and
-- backend_start name one backend for good: who gets the number later has another start. A custom setting, which was read
-- here before, can be set by any role. Not logged: after a crash of the server no session is left.
create unlogged table audit.sessions (
    pid integer primary key,
    backend_start timestamptz not null,
    login text not null,
    actor text,
    run_id text,
    reason text,
    erasing xid8 -- the one transaction that may take facts away
);

-- An opt-out that was written down by mistake and taken back: what, by whom, why. The only way out of core.suppressions.
create table audit.retractions (
    id bigint generated always as identity primary key,
    subject_key bytea not null,
    channel text not null,
    reason text not null,
    source text not null,
    said_at timestamptz not null,
    retracted_at timestamptz not null default now(),
    retracted_by text not null,
    login text not null,
    because text not null check (btrim(because) <> '')
);
