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
-- overtaken, or for a dead address only. Who knows time or reason sets it in the same statement.
create or replace function core.closed_by_hand() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if audit.actor() is null then
        if tg_argv[0] = 'phone' then
            new.phone_closed_at := null;
            return new;
        end if;
        if new.email_closed_at = old.email_closed_at then new.email_closed_at := null; end if;
        if new.suppress_email_reason = old.suppress_email_reason then new.suppress_email_reason := null; end if;
    end if;
    return new;
end $$;
