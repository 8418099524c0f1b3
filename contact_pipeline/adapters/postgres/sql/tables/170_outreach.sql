-- What came back: events from outside, one history of every touch, opt-outs of one purpose, why an address is closed.

-- Every verified call, one row an event, as it came; worked off afterwards (outreach/). content_key: keyed hash of what
-- makes two deliveries the same event where the sender's own number does not.
create table ops.inbound_events (
    id bigint generated always as identity primary key,
    provider text not null,
    event_id text not null,
    content_key bytea,
    received_at timestamptz not null default now(),
    body text, -- emptied 30 days after the event was applied, and by an erasure
    applied_at timestamptz,
    outcome text,
    subject_key bytea,
    unique (provider, event_id),
    unique (provider, content_key)
);
create index inbound_events_waiting on ops.inbound_events (id) where applied_at is null;
create index inbound_events_kept on ops.inbound_events (applied_at) where body is not null and applied_at is not null;
create index inbound_events_subject on ops.inbound_events (subject_key) where subject_key is not null;

-- One row for each message to a contact, or other touch. touch_key: what makes it the same one, whichever event tells of
-- it first. email_key: of the address it went to.
alter table core.outreach_history
    add column direction text not null default 'outbound' check (direction in ('outbound', 'inbound')),
    add column touch_key bytea not null default decode(replace(gen_random_uuid()::text, '-', ''), 'hex'),
    add column email_key bytea,
    add column message_id text,
    add column campaign text,
    add column source text,
    add column delivered_at timestamptz,
    add column machine_opened_at timestamptz,
    add column complained_at timestamptz,
    add column unsubscribed_at timestamptz,
    add column bounce_status text,
    add column bounce_reason text,
    add column is_violation boolean not null default false,
    add column recorded_at timestamptz not null default now(),
    add column recorded_by text;
create unique index outreach_history_touch on core.outreach_history (contact_id, touch_key);

-- Each time may be heard of late, and then only moves back; of two bounces the one for good counts.
select audit.keep_facts('core.outreach_history', (
    select '{"is_violation": "new.is_violation"}' || jsonb_object_agg(c, format('old.%1$I is null or new.%1$I < old.%1$I', c))
    from unnest(array['sent_at', 'delivered_at', 'machine_opened_at', 'opened_at', 'clicked_at', 'replied_at',
        'complained_at', 'unsubscribed_at', 'campaign', 'source', 'message_id']) c) || (
    select jsonb_object_agg(c, format('old.%1$I is null or old.bounce_type = ''soft'' or new.%1$I is not distinct from old.%1$I'
        ' or new.bounced_at < old.bounced_at or new.bounced_at = old.bounced_at and old.bounce_type = new.bounce_type', c))
    from unnest(array['bounced_at', 'bounce_type', 'bounce_status', 'bounce_reason']) c));

-- Who left one list and not the whole channel. Like core.suppressions: by keyed hash, and it outlives the contact.
create table core.purpose_suppressions (
    subject_key bytea not null,
    canonical_key bytea, -- empty: known by its exact key only
    channel text not null check (channel in ('email', 'phone', 'sms')),
    purpose text not null check (purpose = core.purpose_word(purpose)),
    reason text not null,
    source text not null,
    acted_at timestamptz,
    received_at timestamptz not null default now(),
    created_at timestamptz not null default now(),
    last_said_at timestamptz not null default now(),
    recorded_by text,
    primary key (subject_key, channel, purpose, source)
);
create index purpose_suppressions_canonical on core.purpose_suppressions (canonical_key) where canonical_key is not null;
select audit.keep_facts('core.purpose_suppressions',
    '{"last_said_at": "new.last_said_at > old.last_said_at", "acted_at": "old.acted_at is null or new.acted_at < old.acted_at"}');
create trigger permissions_asked after insert or update or delete on core.purpose_suppressions
    for each statement execute function ops.ask_for_permissions();

-- Of an opt-out that is told twice the first moment counts for how long it took, the last one for reopening.
select audit.keep_facts('core.suppressions',
    '{"last_said_at": "new.last_said_at > old.last_said_at", "acted_at": "old.acted_at is null or new.acted_at < old.acted_at",
    "canonical_key": "true"}'); -- learned once, of a database from before

-- The flag is about the address when it bounced, about the person when they left.
alter table core.contacts
    add column suppress_email_reason text check (suppress_email_reason in ('hard_bounce', 'opt_out')),
    -- What was found of an address that only bounces often, while that outweighs it; empty: nothing outweighs it.
    add column email_found_status text,
    add column email_found_sub_status text;
update core.contacts set suppress_email_reason = 'opt_out' where suppress_email;
update core.contacts set suppress_email = true, suppress_email_reason = 'hard_bounce',
    email_status = 'invalid', email_sub_status = 'hard_bounce'
where hard_bounce and not suppress_email;

insert into core.policy_values (name, value) values ('soft_limit', 3), ('soft_window_days', 30); -- until a start copies them

drop trigger email_closed_by_hand on core.contacts;
create trigger email_closed_by_hand before update of suppress_email on core.contacts
    for each row when (new.suppress_email
        and (new.email_closed_at = old.email_closed_at or new.suppress_email_reason = old.suppress_email_reason))
    execute function core.closed_by_hand('email');

-- What messages told of an address stands beside what was asked about it.
alter table core.email_validations drop constraint email_validations_layer_check;
alter table core.email_validations add constraint email_validations_layer_check
    check (layer in ('syntax', 'domain', 'mailbox', 'activity', 'delivery'));
