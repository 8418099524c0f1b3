-- Logins beside names, triggers that ask audit.sessions, facts that nobody takes back.

alter table audit.changes add column login text;

-- Rows from before say nothing; not null, so that an erasure keeps it like created_by.
alter table core.contacts
    add column created_login text not null default '',
    add column updated_login text not null default '';
alter table core.contacts
    alter column created_login set default session_user,
    alter column updated_login set default session_user,
    alter column created_by set default coalesce(audit.actor(), session_user),
    alter column updated_by set default coalesce(audit.actor(), session_user);

-- The same triggers, which now ask audit.sessions inside instead of a setting in their condition.
drop trigger permissions_asked on core.contacts;
create trigger permissions_asked after update of suppress_email, suppress_phone, deletion_requested, hard_bounce,
    processing_restricted on core.contacts for each statement execute function ops.ask_for_permissions();
drop trigger permissions_asked on core.suppressions;
create trigger permissions_asked after insert or update or delete on core.suppressions
    for each statement execute function ops.ask_for_permissions();
drop trigger permissions_asked on core.consent_records;
create trigger permissions_asked after insert or update or delete on core.consent_records
    for each statement execute function ops.ask_for_permissions();

drop trigger email_closed_by_hand on core.contacts;
create trigger email_closed_by_hand before update of suppress_email on core.contacts
    for each row when (new.suppress_email and new.email_closed_at = old.email_closed_at)
    execute function core.closed_by_hand('email');
drop trigger phone_closed_by_hand on core.contacts;
create trigger phone_closed_by_hand before update of suppress_phone on core.contacts
    for each row when (new.suppress_phone and new.phone_closed_at = old.phone_closed_at)
    execute function core.closed_by_hand('phone');

-- Facts are appended. What a column names may change where its condition holds: a later word
-- of the same opt-out, the end of a call, the answer to a request. Everything else, and every deletion, is refused
-- outside of an erasure.
drop trigger consent_is_evidence on core.consent_records;
drop trigger consents_are_kept on core.consent_records;
drop function core.consent_is_evidence();
select audit.keep_facts('core.consent_records', '{"ends_id": "new.ends_id is null"}', stays_without_contact => true);
select audit.keep_facts('core.suppressions', '{"last_said_at": "new.last_said_at > old.last_said_at"}');
select audit.keep_facts('core.email_validations');
select audit.keep_facts('core.phone_validations');
select audit.keep_facts('core.enrichment_history');
select audit.keep_facts('core.provider_answers');
select audit.keep_facts('core.erased_keys');
-- A message is sent once; that it was opened or bounced is heard later, once each.
select audit.keep_facts('core.outreach_history', (
    select jsonb_object_agg(c, format('old.%I is null', c))
    from unnest(array['opened_at', 'clicked_at', 'replied_at', 'bounced_at', 'bounce_type']) c));
select audit.keep_facts('raw.landed_rows', (
    select jsonb_object_agg(c, 'true') from unnest(array['outcome', 'contact_id', 'email_normalized']) c),
    may_go => 'old.outcome is null or old.outcome = ''quarantined'''); -- read again, by replay
-- Reserved, then settled; of what ended nobody knows how, a person may say it failed.
select audit.keep_facts('ops.provider_calls', (
    select jsonb_object_agg(c, 'true') from unnest(array['fault', 'retry_at']) c) || (
    select jsonb_object_agg(c, 'old.outcome in (''reserved'', ''outcome_unknown'')')
    from unnest(array['outcome', 'settled_at', 'price', 'latency_ms', 'reference', 'status', 'sub_status', 'raw_status',
        'raw_sub_status', 'is_known', 'facts', 'job_id']) c));
select audit.keep_facts('ops.subject_requests', (
    select jsonb_object_agg(c, 'true') from unnest(array['reference', 'contact_id', 'contact_ids', 'extended_until',
        'extension_reason', 'identity_check', 'details', 'outcome']) c) || (
    select jsonb_object_agg(c, 'old.state = ''open''') from unnest(array['state', 'closed_at', 'closed_by']) c));
select audit.keep_facts('ops.erasures', (
    select jsonb_object_agg(c, 'true') from unnest(array['scanned_at', 'scrubbed_at', 'findings', 'certificate']) c)
    || '{"erased_at": "old.erased_at is null"}');
select audit.keep_facts('audit.changes', stays_without_contact => true);
select audit.keep_facts('audit.retractions', stays_without_contact => true);
