-- Field history by statement triggers: tables/40_audit.sql says why. Called again for a table, it makes its triggers anew.

-- Which row of a table it was, where the contact alone does not say it; which version of the contact it made. Here and not
-- in a migration: the triggers below are made anew by earlier ones, too.
alter table audit.changes add column if not exists row_key text, add column if not exists version integer;

-- The columns of a table's primary key, in order.
create or replace function audit.key_columns(watched regclass) returns text[]
language sql stable
return (select array_agg(a.attname::text order by k.n)
    from pg_index i cross join unnest(i.indkey::int2[]) with ordinality k (attnum, n)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
    where i.indrelid = watched and i.indisprimary);

-- A row that is told by another key afterwards would have no past.
create or replace function audit.key_stays() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    raise exception 'the key of a row of %.% stays as it is: delete the row and write another', tg_table_schema, tg_table_name
        using errcode = 'restrict_violation';
end $$;

-- `contact_column` is the column that names the contact, null where there is none; `fields` are the audited columns.
create or replace function audit.watch(watched regclass, contact_column text, fields text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $watch$
declare
    plain text := replace(watched::text, '.', '_');
    keys text[] := audit.key_columns(watched);
    same_row text := (select string_agg(format('a.%1$I = b.%1$I', k), ' and ') from unnest(keys) k);
    row_key text := case when watched::text = 'core.contacts' then 'null'
        else (select format('concat_ws(''/'', %s)', string_agg(format('b.%I', k), ', ')) from unnest(keys) k) end;
    version text := case when watched::text = 'core.contacts' then 'a.version' else 'null' end;
    contact text := coalesce('b.' || quote_ident(contact_column), 'null');
    free_keys text := (select string_agg(quote_ident(k), ', ') from unnest(keys) k join pg_attribute a
        on a.attrelid = watched and a.attname = k and a.attidentity = '');
    guard text := (select string_agg(format('b.%1$I is distinct from a.%1$I', f), ' or ') from unnest(fields) f);
    changed text := (select string_agg(format('case when b.%1$I is distinct from a.%1$I then %1$L end', f), ', ') from unnest(fields) f);
    olds text := (select string_agg(format('when %1$L then b.%1$I::text', f), ' ') from unnest(fields) f);
    news text := (select string_agg(format('when %1$L then a.%1$I::text', f), ' ') from unnest(fields) f);
    -- A session that the program has not opened says nothing of itself: then the login is who, and the why is that it was SQL.
    who text := 'coalesce(w.actor, session_user), session_user, now(), coalesce(w.reason, ''SQL, no reason given''), w.run_id';
begin
    -- No nested loop: a plan is kept for the session, and one that was made for a statement of a few rows compares every
    -- old row with every new one in the next statement (20,000 contacts after one: 67 s, then 0.2).
    execute format($f$
        create or replace function audit.%1$I() returns trigger language plpgsql security definer
        set enable_nestloop = off set search_path = pg_catalog, pg_temp as $body$
        declare
            w audit.sessions;
            keeps_values boolean; -- what an erasure takes does not live on in what is told of it
        begin
            select * into w from audit.session;
            keeps_values := w.erasing is distinct from pg_current_xact_id();
            insert into audit.changes (contact_id, row_key, version, table_name, field, old_value, new_value, changed_by,
                login, changed_at, reason, run_id)
            select %2$s, %8$s, %11$s, %3$L, f.field, case when keeps_values then case f.field %6$s end end,
                case when keeps_values then case f.field %7$s end end, %9$s
            from before b join after a on %10$s
            cross join lateral unnest(array_remove(array[%5$s], null)) as f (field)
            where %4$s;
            return null;
        end $body$
    $f$, plain || '_updated', contact, watched::text, guard, changed, olds, news, row_key, who, same_row, version);
    -- A deletion is recorded without its values: what had to go must not live on in the audit trail.
    execute format($f$
        create or replace function audit.%1$I() returns trigger language plpgsql security definer
        set search_path = pg_catalog, pg_temp as $body$
        declare
            w audit.sessions;
        begin
            select * into w from audit.session;
            insert into audit.changes (contact_id, row_key, table_name, field, changed_by, login, changed_at, reason, run_id)
            select %2$s, %3$s, %4$L, '*', %5$s from before b;
            return null;
        end $body$
    $f$, plain || '_deleted', contact, row_key, watched::text, who);
    execute format('create or replace trigger audit_update after update on %s referencing old table as before new table as after
        for each statement execute function audit.%I()', watched, plain || '_updated');
    execute format('create or replace trigger audit_delete after delete on %s referencing old table as before
        for each statement execute function audit.%I()', watched, plain || '_deleted');
    if free_keys is not null then
        execute format('create or replace trigger audit_key before update of %s on %s for each row when ((%s) is distinct from (%s))
            execute function audit.key_stays()', free_keys, watched,
            (select string_agg(format('old.%I', k), ', ') from unnest(keys) k),
            (select string_agg(format('new.%I', k), ', ') from unnest(keys) k));
    end if;
end $watch$;
