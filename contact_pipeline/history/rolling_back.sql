-- What is rolled back, and what has come of it.

-- step: find_contact
select c.id, c.public_id, c.version, c.deletion_completed is not null as is_erased from core.contacts c
where c.public_id::text = lower(%(text)s) or c.id::text = %(text)s

-- step: versions
-- first_known: empty where every change says its version; else the first that does, or the next one.
select c.version, case when exists (select from audit.changes a where a.contact_id = c.id and a.table_name = 'core.contacts'
        and a.field <> '*' and a.version is null)
    then coalesce((select min(a.version) from audit.changes a where a.contact_id = c.id and a.table_name = 'core.contacts'),
        c.version + 1) end as first_known
from core.contacts c where c.id = %(contact)s

-- step: find_rollback
select * from ops.rollbacks where id = %(id)s

-- step: lift
update core.rulings set lifted_at = %(now)s where rollback_id = %(undone)s and lifted_at is null

-- step: forbid
-- A rollback takes permissions and gives none: what may be used again, the next decision finds.
update core.contacts c set can_email = c.can_email and p.email_reason = 'allowed', can_call = c.can_call and p.phone_reason = 'allowed'
from core.contact_permissions p
where p.contact_id = c.id and c.id = any (%(ids)s) and (c.can_email and p.email_reason <> 'allowed' or c.can_call and p.phone_reason <> 'allowed')

-- step: ask_for_permissions
update ops.permission_sync set is_asked = true where not is_asked

-- step: drops_of_run
-- What it has applied and nobody has rolled back since.
select d.key from raw.drops d
where d.rolled_back_at is null and exists (select from ops.stage_runs s where s.drop_key = d.key and s.stage = 'contacts' and s.run_id = %(run)s)
order by d.sequence

-- step: drops_of_rollback
select key from raw.drops where rolled_back_by = %(undone)s order by sequence

-- step: silence_providers
-- What providers said of somebody in this run; what they said before it is heard still.
insert into core.rulings (contact_id, data_source, heard_until, ruled_at, ruled_by, rollback_id)
select q.contact_id, 'provider:' || k.provider, min(k.reserved_at), max(coalesce(k.settled_at, k.reserved_at)), %(actor)s, %(rollback_id)s
from ops.provider_calls k join core.profile_questions q on q.subject_key = k.subject_key
where k.run_id = %(run)s
group by q.contact_id, k.provider
order by 1, 2

-- step: silenced
-- The values of those rulings: in the claims, and where they were applied.
select r.contact_id, k.field_name as field, k.value
from core.rulings r join core.profile_claims k on k.contact_id = r.contact_id and k.data_source = r.data_source
where r.rollback_id = %(rollback_id)s and r.field_name is null and k.claimed_at between r.heard_until and r.ruled_at
union
select r.contact_id, h.field_name, h.new_value
from core.rulings r join core.enrichment_history h on h.contact_id = r.contact_id and h.data_source = r.data_source
where r.rollback_id = %(rollback_id)s and r.field_name is null and h.enriched_at between r.heard_until and r.ruled_at
    and h.new_value is not null

-- step: ruled_contacts
select distinct contact_id from core.rulings where rollback_id = %(id)s order by contact_id

-- step: changes
-- What this transaction has changed, each field once: the value before and the one after.
select c.public_id as contact_id, a.field, a.old_value as old, a.new_value as new
from (
    select contact_id, field, (array_agg(old_value order by id))[1] as old_value, (array_agg(new_value order by id desc))[1] as new_value
    from audit.changes where run_id = %(rollback_id)s and table_name = 'core.contacts' and field <> '*'
    group by contact_id, field
) a join core.contacts c on c.id = a.contact_id
where a.old_value is distinct from a.new_value
order by a.contact_id, a.field

-- step: withdrawn_contacts
-- Whom no drop names any more: in no curated view.
select count(*) as contacts from core.contacts c
where c.id = any (%(ids)s) and not exists (select from core.contact_sources cs where cs.contact_id = c.id)

-- step: note
insert into ops.rollbacks (id, kind, about, since, to_version, field_name, reason, ruled_by, ruled_at, changes, kept)
values (%(rollback_id)s, %(kind)s, %(about)s, %(since)s, %(version)s, %(field)s, %(reason)s, %(actor)s, %(now)s, %(changes)s, %(kept)s)

-- step: note_undone
update ops.rollbacks set undone_by = %(rollback_id)s where id = %(undone)s
