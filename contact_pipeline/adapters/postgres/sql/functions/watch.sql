-- Field history by statement triggers: tables/40_audit.sql says why. Called again for a table, it makes its triggers anew.
-- `contact_column` is the column that names the contact, `fields` are the audited columns.
create or replace function audit.watch(watched regclass, contact_column text, fields text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $watch$
declare
    plain text := replace(watched::text, '.', '_');
    guard text := (select string_agg(format('b.%1$I is distinct from a.%1$I', f), ' or ') from unnest(fields) f);
    changed text := (select string_agg(format('case when b.%1$I is distinct from a.%1$I then %1$L end', f), ', ') from unnest(fields) f);
    olds text := (select string_agg(format('when %1$L then b.%1$I::text', f), ' ') from unnest(fields) f);
    news text := (select string_agg(format('when %1$L then a.%1$I::text', f), ' ') from unnest(fields) f);
    who text := 'coalesce(w.actor, session_user), session_user, now(), w.reason, w.run_id';
begin
    -- No nested loop: a plan is kept for the session, and one that was made for a statement of a few rows compares every
    -- old row with every new one in the next statement (20,000 contacts after one: 67 s, then 0.2).
    execute format($f$
        create or replace function audit.%1$I() returns trigger language plpgsql security definer
        set enable_nestloop = off set search_path = pg_catalog, pg_temp as $body$
        declare
            w audit.sessions;
        begin
            select * into w from audit.session;
            insert into audit.changes (contact_id, table_name, field, old_value, new_value, changed_by, login, changed_at, reason, run_id)
            select a.%2$I, %3$L, f.field, case f.field %7$s end, case f.field %8$s end, %6$s
            from before b join after a on a.id = b.id
            cross join lateral unnest(array_remove(array[%5$s], null)) as f (field)
            where %4$s;
            return null;
        end $body$
    $f$, plain || '_updated', contact_column, watched::text, guard, changed, who, olds, news);
    -- A deletion is recorded without its values: what had to go must not live on in the audit trail.
    execute format($f$
        create or replace function audit.%1$I() returns trigger language plpgsql security definer
        set search_path = pg_catalog, pg_temp as $body$
        declare
            w audit.sessions;
        begin
            select * into w from audit.session;
            insert into audit.changes (contact_id, table_name, field, changed_by, login, changed_at, reason, run_id)
            select b.%2$I, %3$L, '*', %4$s from before b;
            return null;
        end $body$
    $f$, plain || '_deleted', contact_column, watched::text, who);
    execute format('create or replace trigger audit_update after update on %s referencing old table as before new table as after
        for each statement execute function audit.%I()', watched, plain || '_updated');
    execute format('create or replace trigger audit_delete after delete on %s referencing old table as before
        for each statement execute function audit.%I()', watched, plain || '_deleted');
end $watch$;
