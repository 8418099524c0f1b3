-- Trigger functions that keep providers' answers true to contacts. Definer functions with a path of their own, as in
-- triggers.sql; apart from it because they ask for no session, so that the migrations which hang them on a table run this
-- file instead of keeping a copy each.

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
