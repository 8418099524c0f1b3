-- The one list of audited columns. Every migration that changes a watched table runs this file, and so does the last step
-- of every upgrade: a column that joins is audited from then on unless it stands here as left out. Columns that a database
-- does not have yet are not asked for, so the file serves every revision.

-- What of a table is audited, in the order of its columns; null: the table is not watched.
create or replace function audit.audited_columns(watched regclass) returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (
        select array_agg(a.attname::text order by a.attnum)
        from pg_attribute a
        where a.attrelid = watched and a.attnum > 0 and not a.attisdropped and case watched::text
            -- Verification has its own history tables, permissions are derived, bookkeeping is about the row: not
            -- audited twice. What identity checks and enrichment note has its own history, too.
            when 'core.contacts' then
                a.attname not in ('id', 'public_id', 'created_at', 'updated_at', 'created_by', 'updated_by',
                    'created_login', 'updated_login', 'version', 'can_email', 'can_call', 'email_key', 'phone_key')
                and a.attname not like all (array['email\_status', 'email\_sub%', 'email\_verified%', 'email\_due%',
                    'email\_rules', 'email\_deliv%', 'email\_is%', 'email\_typo%', 'email\_mailbox%', 'email\_last%',
                    'email\_engagement%', 'email\_open%', 'email\_click%', 'email\_risk%', 'email\_activity%',
                    'email\_closed%', 'email\_found%', 'phone\_%', 'identity\_%', 'profile\_%'])
            when 'core.contact_points' then a.attname in ('value', 'position')
            when 'core.consent_records' then
                a.attname in ('consent_type', 'consent_date', 'consent_source', 'consent_ip', 'withdrawn_date')
            when 'core.contact_sources' then
                a.attname in ('confidence', 'source_date', 'retention_days', 'retention_unread', 'purpose', 'own_basis_words')
            when 'core.sources' then a.attname not in ('name', 'purpose_word', 'own_bases_pattern')
            when 'core.policy_values' then a.attname = 'value'
            when 'raw.drops' then a.attname in ('held_reason', 'approved_at', 'approved_by',
                'approved_reason', 'rolled_back_at', 'rolled_back_by')
            when 'ops.reviews' then a.attname in ('decision', 'reason', 'ruling', 'ruled_field', 'ruled_value')
            -- Words of our people can name somebody: the request's own row keeps them, and loses them with the person.
            when 'ops.subject_requests' then a.attname in ('state', 'contact_id', 'contact_ids', 'extended_until')
            else false end);
end $$;

-- The watched tables, and the column of each that names the contact; empty: none does.
create or replace function audit.watched() returns table (watched regclass, contact_column text)
language sql stable
begin atomic
    select to_regclass(w.column1), w.column2
    from (values ('core.contacts', 'id'), ('core.contact_points', 'contact_id'), ('core.consent_records', 'contact_id'),
        ('core.contact_sources', 'contact_id'), ('core.sources', null), ('core.policy_values', null), ('raw.drops', null),
        ('ops.reviews', 'contact_id'), ('ops.subject_requests', 'contact_id')) w
    where to_regclass(w.column1) is not null and audit.audited_columns(to_regclass(w.column1)) is not null
        -- The first version of audit.watch knows rows by their id, and each of a contact.
        and (w.column1 in ('core.contacts', 'core.contact_points', 'core.consent_records') or exists (select from pg_attribute a
            where a.attrelid = 'audit.changes'::regclass and a.attname = 'row_key'));
end;

-- The audited columns of one row as text, as the triggers write them.
create or replace function audit.row_texts(watched regclass, id bigint) returns table (field text, value text)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return query execute format('select f.field, f.value from %s t cross join lateral (values %s) f (field, value) where t.id = $1',
        watched, (select string_agg(format('(%1$L, t.%1$I::text)', c), ', ') from unnest(audit.audited_columns(watched)) c))
    using row_texts.id;
end $$;

-- Make the audit triggers of every watched table anew.
create or replace function audit.watch_all() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    w record;
begin
    for w in select * from audit.watched() loop
        -- The first version of audit.watch makes triggers and replaces none.
        execute format('drop trigger if exists audit_update on %s', w.watched);
        execute format('drop trigger if exists audit_delete on %s', w.watched);
        perform audit.watch(w.watched, w.contact_column, audit.audited_columns(w.watched));
    end loop;
end $$;

select audit.watch_all();
