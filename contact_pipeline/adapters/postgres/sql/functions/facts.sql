-- Facts are appended: one trigger function for every table of them, and what hangs it on.

-- Refuses. Erasing takes facts away (audit.begin_erasing); a contact that is deleted takes its facts with it, which
-- PostgreSQL does from within a trigger of its own, where the argument does not say that they stay.
create or replace function audit.fact_stays() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if exists (select from audit.session s where s.erasing = pg_current_xact_id_if_assigned())
        or tg_op = 'DELETE' and pg_trigger_depth() > 1 and tg_argv[0] = 'goes' then
        return case when tg_op = 'DELETE' then old else new end;
    end if;
    raise exception '%.% is append-only: write what is true now as a row of its own (a consent ends with a withdrawal), '
        'erase the person, or take back a mistaken opt-out with audit.retract_suppression', tg_table_schema, tg_table_name
        using errcode = 'restrict_violation';
end $$;

-- Make a table append-only. changes: column → condition (over old and new) under which it may change; may_go: condition
-- under which a row may be deleted; stays_without_contact: also when its contact is deleted.
-- A statement that names none of the other columns calls no trigger: bulk updates pay nothing.
create or replace function audit.keep_facts(watched regclass, changes jsonb default '{}', may_go text default 'false',
    stays_without_contact boolean default false) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    goes text := case when stays_without_contact then 'stays' else 'goes' end;
    columns text[];
    changed text;
begin
    select array_agg(a.attname::text order by a.attnum),
        string_agg(format('old.%1$I is distinct from new.%1$I', a.attname)
            || coalesce(' and (' || (changes ->> a.attname) || ') is not true', ''), ' or ' order by a.attnum)
    into columns, changed
    from pg_attribute a
    where a.attrelid = watched and a.attnum > 0 and not a.attisdropped and changes ->> a.attname is distinct from 'true';
    execute format('create or replace trigger fact_stands before update of %s on %s for each row when (%s)
        execute function audit.fact_stays()', (select string_agg(quote_ident(c), ', ') from unnest(columns) c), watched, changed);
    execute format('create or replace trigger fact_stays before delete on %s for each row when ((%s) is not true)
        execute function audit.fact_stays(%L)', watched, may_go, goes);
    execute format('create or replace trigger facts_stay before truncate on %s for each statement
        execute function audit.fact_stays()', watched);
end $$;
