-- Trigger functions that write where the one who changes a row may not: definer functions, each with a path of its own,
-- in which pg_temp comes last. A temporary table or type of the caller's would be found first otherwise.

-- Permissions are decided where facts change, by the stages; a change by hand asks for a full decision.
create or replace function ops.ask_for_permissions() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if audit.actor() is null then
        update ops.permission_sync set is_asked = true where not is_asked;
    end if;
    return null;
end $$;

-- A flag set by hand names no time, so nothing reopens it; also where it stood already, with a time that a consent has
-- overtaken. Who knows the time sets it in the same statement.
create or replace function core.closed_by_hand() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if audit.actor() is null then
        if tg_argv[0] = 'email' then new.email_closed_at := null;
        else new.phone_closed_at := null;
        end if;
    end if;
    return new;
end $$;

-- What was said of a contact goes with it, unless it was said of others, too.
create or replace function core.forget_answers() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    delete from core.provider_answers a using core.profile_questions q
    where q.contact_id = old.id and a.subject_key = q.subject_key
        and not exists (select from core.profile_questions o where o.subject_key = q.subject_key and o.contact_id <> old.id);
    return old;
end $$;

-- A bounce is news about the mailbox: what providers said before it is not fresh any more, and the address is due at once.
create or replace function core.address_bounced() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    new.email_due_at := null;
    new.profile_due_at := null; -- a bounce also sends for another address
    update ops.provider_calls set retry_at = now()
    where subject_key = new.email_key and layer = 'mailbox' and outcome = 'answered';
    return new;
end $$;

-- An answer that comes after its person was erased is not kept. Whose it is, is noted before anybody is asked.
create or replace function core.answer_is_wanted() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if new.layer = 'company' or exists (select from core.profile_questions q where q.subject_key = new.subject_key) then
        return new;
    end if;
    return null;
end $$;
