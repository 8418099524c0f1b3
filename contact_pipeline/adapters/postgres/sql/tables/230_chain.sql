-- A hash chain over audit.changes. A row is sealed after it was written, so that writers wait for nobody; what a seal says
-- of the values is salted, so that an erasure can take values and salt and leave the chain as it was.

create table audit.seals (
    change_id bigint primary key,
    salt bytea, -- empty: the values were taken away, and nobody can try values against the commitment any more
    commitment bytea not null,
    leaf bytea not null
);

-- A block seals the ids after the block before it, up to last_id.
create table audit.blocks (
    block bigint primary key,
    last_id bigint not null,
    rows bigint not null,
    sealed_at timestamptz not null,
    head bytea not null
);

-- Every id up to last_id was given out to a transaction before this one: when they have all ended, no row comes any more.
create table audit.seal_marks (
    last_id bigint primary key,
    before_xact xid8 not null
);

select audit.keep_facts('audit.seals', '{"salt": "new.salt is null"}', stays_without_contact => true);
select audit.keep_facts('audit.blocks', stays_without_contact => true);
