-- Field history by statement triggers with transition tables, generated from the catalogue (4.5-5x of a bare
-- bulk update, against 9-51x for the row-trigger kinds). PostgreSQL wants one trigger for each event.
create schema audit;

create table audit.changes (
    id bigint generated always as identity primary key,
    contact_id bigint not null,
    table_name text not null,
    field text not null,
    old_value text,
    new_value text,
    changed_by text not null,
    changed_at timestamptz not null,
    reason text,
    run_id text
);
create index changes_contact on audit.changes (contact_id);

-- Writes the two trigger functions of one table. `contact_column` is the column that names the contact.
create function audit.watch(watched regclass, contact_column text, fields text[]) returns void
language plpgsql as $watch$
declare
    plain text := replace(watched::text, '.', '_');
    guard text := (select string_agg(format('b.%1$I is distinct from a.%1$I', f), ' or ') from unnest(fields) f);
    changed text := (select string_agg(format('case when b.%1$I is distinct from a.%1$I then %1$L end', f), ', ') from unnest(fields) f);
    olds text := (select string_agg(format('when %1$L then b.%1$I::text', f), ' ') from unnest(fields) f);
    news text := (select string_agg(format('when %1$L then a.%1$I::text', f), ' ') from unnest(fields) f);
    who text := $who$coalesce(nullif(current_setting('contact_pipeline.actor', true), ''), session_user::text),
        now(), nullif(current_setting('contact_pipeline.reason', true), ''),
        nullif(current_setting('contact_pipeline.run_id', true), '')$who$;
begin
    execute format($f$
        create or replace function audit.%1$I() returns trigger language plpgsql security definer
        set search_path = pg_catalog as $body$
        begin
            insert into audit.changes (contact_id, table_name, field, old_value, new_value, changed_by, changed_at, reason, run_id)
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
        set search_path = pg_catalog as $body$
        begin
            insert into audit.changes (contact_id, table_name, field, changed_by, changed_at, reason, run_id)
            select b.%2$I, %3$L, '*', %4$s from before b;
            return null;
        end $body$
    $f$, plain || '_deleted', contact_column, watched::text, who);
    execute format('create trigger audit_update after update on %s referencing old table as before new table as after
        for each statement execute function audit.%I()', watched, plain || '_updated');
    execute format('create trigger audit_delete after delete on %s referencing old table as before
        for each statement execute function audit.%I()', watched, plain || '_deleted');
end $watch$;

-- What is audited: functions/audited.sql, which migrations run when a column joins.

-- core.contact_changed() is in functions/contact_changed.sql, which migrations make anew when a column joins.
create trigger contact_changed before update of name, given_name, family_name, email, phone, company, company_domain,
    title, linkedin_url, location, country on core.contacts
for each row when (
    (new.version = old.version or (old.email, old.phone) is distinct from (new.email, new.phone)) and
    (old.name, old.given_name, old.family_name, old.email, old.phone, old.company, old.company_domain, old.title,
     old.linkedin_url, old.location, old.country)
    is distinct from
    (new.name, new.given_name, new.family_name, new.email, new.phone, new.company, new.company_domain, new.title,
     new.linkedin_url, new.location, new.country)
) execute function core.contact_changed();

-- Permissions are decided where facts change: by the stages, and once a day for what time changes. A change by hand of
-- anything they follow from asks for a full decision at the next run of compliance_views.
create function ops.ask_for_permissions() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
    update ops.permission_sync set is_asked = true where not is_asked;
    return null;
end $$;

create trigger permissions_asked after update of suppress_email, suppress_phone, deletion_requested, hard_bounce
    on core.contacts for each statement when (coalesce(current_setting('contact_pipeline.actor', true), '') = '')
    execute function ops.ask_for_permissions();
create trigger permissions_asked after insert or update or delete on core.suppressions
    for each statement when (coalesce(current_setting('contact_pipeline.actor', true), '') = '')
    execute function ops.ask_for_permissions();
create trigger permissions_asked after insert or update or delete on core.consent_records
    for each statement when (coalesce(current_setting('contact_pipeline.actor', true), '') = '')
    execute function ops.ask_for_permissions();
