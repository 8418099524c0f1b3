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
