-- The hash chain over audit.changes (tables/230_chain.sql). An array as text is unambiguous and follows no setting. With a
-- search_path of their own these functions would be called for each row instead of becoming part of the statement.

create or replace function audit.commitment(salt bytea, c audit.changes) returns bytea
language sql immutable parallel safe
return sha256(salt || convert_to(array[(c).old_value, (c).new_value, (c).changed_by, (c).login, (c).reason]::text, 'UTF8'));

-- What stands when the values are gone: which row, when, in which run, and that there was a commitment.
create or replace function audit.leaf(commitment bytea, c audit.changes) returns bytea
language sql immutable parallel safe
return sha256(commitment || convert_to(array[(c).id::text, (c).contact_id::text, (c).row_key, (c).version::text, (c).table_name, (c).field,
    extract(epoch from (c).changed_at)::text, (c).run_id]::text, 'UTF8'));

create or replace function audit.head(before bytea, block bigint, last_id bigint, sealed_at timestamptz, leaves bytea) returns bytea
language sql immutable parallel safe
return sha256(before || convert_to(array[block::text, last_id::text, extract(epoch from sealed_at)::text]::text, 'UTF8') || leaves);

-- Seal what is final, in blocks of so many ids. Returns the rows sealed. Each step must see what has been committed since
-- the step before, so the caller's isolation is READ COMMITTED.
create or replace function audit.seal(block_size integer default 10000) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    newest bigint;
    mark xid8;
    oldest bigint;
    sealed audit.blocks;
    final bigint;
    upto bigint;
    found bigint;
    total bigint := 0;
    leaves bytea;
    secret bytea; -- of one block, and kept nowhere: asking for random bytes for each row was a third of the time
begin
    perform pg_advisory_xact_lock(hashtext('contact_pipeline.audit_seal'));
    select case when s.is_called then s.last_value else 0 end into newest from audit.changes_id_seq s;
    select * into sealed from audit.blocks b order by b.block desc limit 1;
    sealed.block := coalesce(sealed.block, 0);
    sealed.last_id := coalesce(sealed.last_id, 0);
    if newest = sealed.last_id then
        return 0;
    end if;
    -- Whoever holds an id up to `newest` writes in a transaction that has its number already, and ours is a later one.
    mark := pg_current_xact_id();
    oldest := audit.oldest_open(); -- ours at the latest
    insert into audit.seal_marks values (newest, mark) on conflict do nothing;
    select max(m.last_id) into final from audit.seal_marks m where m.before_xact::text::bigint <= oldest;
    delete from audit.seal_marks m where m.last_id <= final;
    while sealed.last_id < final loop
        upto := least(sealed.last_id + block_size, final);
        secret := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
        with salted as (
            select c, sha256(secret || int8send(c.id)) as salt from audit.changes c where c.id > sealed.last_id and c.id <= upto
        ), committed as (
            select c, salt, audit.commitment(salt, c) as commitment from salted
        ), added as (
            insert into audit.seals (change_id, salt, commitment, leaf)
            select (c).id, salt, commitment, audit.leaf(commitment, c) from committed
            returning change_id, leaf
        )
        select count(*), coalesce(string_agg(leaf, '' order by change_id), '') into found, leaves from added;
        sealed := row (sealed.block + 1, upto, found, now(),
            audit.head(coalesce(sealed.head, ''), sealed.block + 1, upto, now(), leaves));
        insert into audit.blocks select sealed.*;
        total := total + found;
    end loop;
    return total;
end $$;

-- An erasure takes values out of the changes: their salt goes with them, and that it happened is a change of its own.
create or replace function audit.values_taken() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    w audit.sessions;
begin
    select * into w from audit.session;
    update audit.seals s set salt = null from after a where s.change_id = a.id and s.salt is not null;
    insert into audit.changes (contact_id, table_name, field, changed_by, login, changed_at, reason, run_id)
    select distinct a.contact_id, 'audit.changes', '*', coalesce(w.actor, session_user), session_user, now(),
        coalesce(w.reason, 'SQL, no reason given'), w.run_id
    from after a;
    return null;
end $$;
create or replace trigger values_taken after update on audit.changes referencing new table as after
    for each statement execute function audit.values_taken();
