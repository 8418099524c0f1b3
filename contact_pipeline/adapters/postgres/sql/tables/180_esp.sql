-- Senders in step (esp): what they were sent of whom, and how far their lists were read.

-- One row for each address that was ever sent to a system, by keyed hash: the address itself stands with the contact.
-- fields_key: keyed hash of all that was sent, so that only what changed is sent again. is_member: may be written to there,
-- as far as we know; it is true before anything is sent, so that a crash leaves nobody there whom nobody takes off.
create table ops.esp_bases (
    system text not null,
    email_key bytea not null,
    public_id uuid,
    state text not null check (state in ('sending', 'sent', 'left', 'refused', 'later', 'closed', 'forgotten')),
    is_member boolean not null,
    fields_key bytea,
    reason text,
    taken_off text,
    sent_at timestamptz not null,
    primary key (system, email_key)
);

-- How far each of their lists was read, in their own time; what lies just before is read once more.
create table ops.esp_cursors (
    system text not null,
    list text not null,
    read_to timestamptz not null,
    pulled_at timestamptz not null,
    primary key (system, list)
);
