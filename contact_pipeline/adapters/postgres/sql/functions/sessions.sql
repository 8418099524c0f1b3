-- Who works in this session, for triggers and defaults. The functions of this file are the only writers of
-- audit.sessions; no role may call those that write (views/90_roles.sql).

-- This session's row. A function of another login sees no backend_start of ours, so it finds none.
create or replace view audit.session as
select s.* from audit.sessions s
where s.pid = pg_catalog.pg_backend_pid() -- a subquery, not a join: asked only where there is such a row
    and s.backend_start = (select b.backend_start from pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) b);

-- The name that the program gave for this session; null: nobody named one, session_user is all that is known.
create or replace function audit.actor() returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return (select s.actor from audit.session s);
end $$;

-- Name the actor, the run and the reason of this session, until it ends or the next call. Rows of ended sessions go.
create or replace function audit.set_session(actor text, run_id text, reason text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform pg_stat_clear_snapshot(); -- else a session that began after this transaction would look ended
    delete from audit.sessions s where not exists (
        select from pg_stat_get_activity(null) b where b.pid = s.pid and b.backend_start = s.backend_start);
    insert into audit.sessions as s (pid, backend_start, login, actor, run_id, reason)
    select b.pid, b.backend_start, session_user, nullif(set_session.actor, ''), nullif(set_session.run_id, ''),
        nullif(set_session.reason, '')
    from pg_stat_get_activity(pg_backend_pid()) b
    on conflict (pid) do update set backend_start = excluded.backend_start, login = excluded.login, actor = excluded.actor,
        run_id = excluded.run_id, reason = excluded.reason;
end $$;

-- Until the end of this transaction, and in no other, facts may be taken away. Ends with a rollback, too.
create or replace function audit.begin_erasing() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (select from audit.session) then
        perform audit.set_session(null, null, null);
    end if;
    update audit.sessions s set erasing = pg_current_xact_id() where s.pid = pg_backend_pid();
end $$;

-- Take back an opt-out that was written down by mistake, and say who decided that and why. True: it was there.
-- The only way: a person who wants to hear from us again opts in, which reopens the channel by itself.
create or replace function audit.retract_suppression(subject_key bytea, channel text, reason text, source text, who text,
    because text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    before xid8 := (select s.erasing from audit.session s);
    said_at timestamptz;
begin
    perform audit.begin_erasing();
    delete from core.suppressions s
    where (s.subject_key, s.channel, s.reason, s.source) = (retract_suppression.subject_key, retract_suppression.channel,
        retract_suppression.reason, retract_suppression.source)
    returning s.last_said_at into said_at;
    update audit.sessions s set erasing = before where s.pid = pg_backend_pid();
    if said_at is null then
        return false;
    end if;
    insert into audit.retractions (subject_key, channel, reason, source, said_at, retracted_by, login, because)
    values (retract_suppression.subject_key, retract_suppression.channel, retract_suppression.reason,
        retract_suppression.source, said_at, coalesce(nullif(btrim(who), ''), audit.actor(), session_user), session_user,
        retract_suppression.because);
    update ops.permission_sync p set is_asked = true where not p.is_asked;
    return true;
end $$;

-- The consents that a list has stated, of a drop that is rolled back: they come back with it. What was withdrawn in it stays
-- withdrawn.
create or replace function audit.withdraw_consents(drop_key text) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    before xid8 := (select s.erasing from audit.session s);
    gone bigint;
begin
    perform audit.begin_erasing();
    delete from core.consent_records r where r.drop_key = withdraw_consents.drop_key and r.withdrawn_date is null;
    get diagnostics gone = row_count;
    update audit.sessions s set erasing = before where s.pid = pg_backend_pid();
    return gone;
end $$;
