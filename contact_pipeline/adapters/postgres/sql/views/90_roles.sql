-- writer: other programs that write. Readers of curated: analyst, personal values masked; pii_reader sees them; compliance
-- sees the values of the audit, and proofs; steward rules by two functions what is true, and needs pii_reader to see it.
-- Made anew after each migration and by `db migrate`: what is not granted here is taken away.
do $$
declare
    f record;
    writable text;
    is_superuser boolean := (select rolsuper from pg_roles where rolname = current_user);
    -- Those that are there: an upgrade that brings a role, which only an administrator can make, takes nothing from the others.
    roles text[] := array(select rolname::text from pg_roles
        where rolname in ('writer', 'analyst', 'pii_reader', 'steward', 'compliance'));
    everybody text := (select string_agg(quote_ident(r), ', ' order by r) from unnest(roles) r);
    readers text := (select string_agg(quote_ident(r), ', ' order by r) from unnest(roles) r where r <> 'writer');
begin
    if readers is not null then
        execute format('grant usage on schema curated to %s', readers);
        execute format('grant select on all tables in schema curated to %s', readers);
    end if;
    if 'writer' = any (roles) then
        grant usage on schema raw, core, audit, ops, curated to writer;
        grant select, insert, update, delete on all tables in schema raw, core, ops to writer;
        grant select on all tables in schema audit, curated to writer;
        grant usage on all sequences in schema raw, core, ops to writer;
        -- A person goes by erasure, which leaves the books in order; which version and key this database has is not a
        -- writer's say.
        revoke delete on core.contacts from writer;
        revoke insert, update, delete on ops.schema_version, ops.subject_key from writer;
        -- Who stored and who changed a contact is filled in by defaults and triggers; a writer may name neither.
        select string_agg(quote_ident(attname), ', ' order by attnum) into writable from pg_attribute
        where attrelid = 'core.contacts'::regclass and attnum > 0 and not attisdropped
            and attname not in ('created_by', 'updated_by', 'created_login', 'updated_login', 'version');
        revoke insert, update on core.contacts from writer;
        execute format('grant insert (%1$s), update (%1$s) on core.contacts to writer', writable);
    end if;

    -- A function of a view is called with the reader's rights, so readers may call those that have none of their own.
    -- Definer functions: the program alone, but for the one that says who works in one's own session, and a steward's.
    -- Trigger functions are called by nobody.
    for f in
        select p.oid::regprocedure as name, n.nspname in ('core', 'curated') and not p.prosecdef and p.prorettype <> 'trigger'::regtype as is_rule,
            p.prosecdef and o.rolsuper as is_too_mighty
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_roles o on o.oid = p.proowner
        where n.nspname in ('raw', 'core', 'audit', 'ops', 'curated') and p.prokind = 'f'
    loop
        execute format('revoke all on function %s from %s', f.name, concat_ws(', ', 'public', everybody));
        if f.is_rule and everybody is not null then
            execute format('grant execute on function %s to %s', f.name, everybody);
        end if;
        -- Only a superuser makes such a function, so only a superuser needs another owner for it.
        if f.is_too_mighty then
            execute format('alter function %s owner to definer', f.name);
        end if;
    end loop;
    if 'writer' = any (roles) then
        grant execute on function audit.actor() to writer;
    end if;
    if 'steward' = any (roles) then
        grant execute on function curated.correct_contact(uuid, text, text, text),
            curated.decide_review(bigint, text, text, text, text) to steward;
    end if;
    execute format('grant execute on function audit.set_session(text, text, text), audit.begin_erasing(),
        audit.retract_suppression(bytea, text, text, text, text, text), audit.withdraw_consents(text) to %I', current_user);

    if is_superuser then
        -- What the definer functions do, and nothing else.
        grant usage on schema core, audit, ops to definer;
        grant select, insert, update, delete on audit.sessions to definer;
        grant select, update (salt) on audit.seals to definer;
        grant select on audit.session, core.consent_records, core.profile_questions, core.provider_answers, core.suppressions, ops.permission_sync,
            ops.provider_calls to definer;
        grant insert on audit.changes, audit.retractions to definer;
        grant delete on core.provider_answers, core.suppressions, core.consent_records to definer;
        grant update on ops.permission_sync to definer;
        grant update (retry_at) on ops.provider_calls to definer;
        grant select (id, public_id, deletion_completed) on core.contacts to definer;
        grant select, insert, update on ops.reviews to definer;
        grant execute on function core.correctable_fields() to definer;
    end if;

    -- Quals of the reader's own run above the view: no function of theirs, no cast that fails, sees a hidden row.
    for f in select c.oid::regclass as name from pg_class c where c.relnamespace = 'curated'::regnamespace and c.relkind = 'v' loop
        execute format('alter view %s set (security_barrier = true)', f.name);
    end loop;
end $$;
