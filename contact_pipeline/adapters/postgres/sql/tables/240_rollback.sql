-- What was rolled back, and what is not heard any more since.

create table ops.rollbacks (
    id text primary key,
    kind text not null check (kind in ('contact', 'actor', 'drop', 'run')),
    about text not null,
    since timestamptz,
    to_version integer,
    field_name text,
    reason text not null check (btrim(reason) <> ''),
    ruled_by text not null,
    login text not null default session_user,
    ruled_at timestamptz not null,
    changes bigint not null,
    kept bigint not null,
    undone_by text
);
select audit.keep_facts('ops.rollbacks', '{"undone_by": "old.undone_by is null"}');

-- A claim of a field that is dated up to the ruling is not heard any more; a later one is, and outranks the ruling.
create table core.rulings (
    id bigint generated always as identity primary key,
    contact_id bigint not null references core.contacts (id) on delete cascade,
    field_name text, -- empty: every field
    data_source text, -- empty: whoever says it
    value text, -- of the one field; empty: it has none
    heard_until timestamptz, -- what was said before this is heard still; empty: nothing is
    ruled_at timestamptz not null,
    ruled_by text not null,
    rollback_id text not null,
    lifted_at timestamptz
);
create index rulings_contact on core.rulings (contact_id);
select audit.keep_facts('core.rulings', '{"lifted_at": "old.lifted_at is null"}');

alter table raw.drops add column rolled_back_at timestamptz, add column rolled_back_by text; -- by which rollback

-- Where contacts are said to be from by drops that were rolled back: it counts for nothing, and comes back with the drop.
create table core.withdrawn_sources (like core.contact_sources including defaults, primary key (contact_id, drop_key, row_number),
    foreign key (contact_id) references core.contacts (id) on delete cascade);
create index withdrawn_sources_drop on core.withdrawn_sources (drop_key);
