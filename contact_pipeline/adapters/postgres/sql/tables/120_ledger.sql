-- What the database has taken in of the ledger outside of it. A database that is restored has the marks of its backup, so
-- the next start reads what came after them.
create table ops.ledger_files (
    file text primary key,
    read_to bigint not null check (read_to >= 0) -- bytes
);

-- Restrictions (GDPR Art. 18) of people whom a restored database does not know: in effect when they come back.
create table core.awaited_restrictions (
    subject_key bytea not null,
    channel text not null check (channel in ('email', 'phone')),
    restricted_at timestamptz not null,
    primary key (subject_key, channel)
);
