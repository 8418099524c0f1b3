-- Who did what: the audit, what left, what was erased or taken back, and the questions that stewards decide. Every role may
-- read every view; what it has no right to is empty or masked.

-- source: who said the new value, where the history of claims knows it. An erased contact has no id any more.
create view curated.audit_trail as
select a.id, a.changed_at, a.changed_by, a.login, c.public_id as contact_id, a.table_name, a.field,
    (select h.data_source from core.enrichment_history h
        where a.table_name = 'core.contacts' and h.contact_id = a.contact_id and h.field_name = a.field
            and h.new_value = a.new_value
        order by abs(extract(epoch from h.enriched_at - a.changed_at)), h.id desc limit 1) as source,
    -- A stage's name is ours; other words are people's, and may name somebody.
    case when p.audit or a.reason in ('contacts', 'validated_emails', 'normalized_phones', 'enriched_profiles',
            'compliance_views') then a.reason
        when a.reason is not null then '…' end as reason,
    a.run_id,
    case when p.audit then a.old_value end as old_value,
    case when p.audit then a.new_value end as new_value
from audit.changes a
left join core.contacts c on c.id = a.contact_id and c.deletion_completed is null
cross join (select core.may_see_audit() as audit offset 0) p;

create view curated.exports as
select e.id, e.view_name, e.format, e.destination, e.columns, e.purposes, e.is_purpose_stated, e.exported_by, e.login,
    e.started_at, e.finished_at, e.outcome, e.row_count, e.sha256
from ops.exports e;

create view curated.erasures as
select e.id, r.reference as request, e.reason, e.began_at, e.erased_at, e.scanned_at, e.scrubbed_at, e.findings,
    case when p.audit then e.certificate end as certificate
from ops.erasures e
left join ops.subject_requests r on r.id = e.request_id
cross join (select core.may_see_audit() as audit offset 0) p;

create view curated.retractions as
select r.id, r.channel, r.reason, r.source, r.said_at, r.retracted_at, r.retracted_by, r.login,
    case when p.audit then r.because else '…' end as because
from audit.retractions r
cross join (select core.may_see_audit() as audit offset 0) p;

-- Questions about published contacts, and about rows of published drops that made none.
create view curated.reviews as
select v.id, v.kind, c.public_id as contact_id,
    (select o.public_id from core.contacts o where o.id = v.other_contact_id and o.deletion_completed is null) as other_contact_id,
    v.field_name, v.drop_key, v.opened_at, case when p.visible then v.details end as details,
    v.ruling, v.ruled_by, v.ruled_at, v.refusal, v.closed_at, v.closed_by, v.decision,
    case when p.visible then v.reason when v.reason is not null then '…' end as reason
from ops.reviews v
left join core.contacts c on c.id = v.contact_id
cross join (select core.may_see_personal() as visible offset 0) p
where case when v.contact_id is null
    then exists (select from raw.drops d where d.key = v.drop_key and d.published_at is not null)
    else c.deletion_completed is null and exists (select from core.contact_sources cs join raw.drops d on d.key = cs.drop_key
        where cs.contact_id = v.contact_id and d.published_at is not null) end;

-- What a steward can do. Each function only files the ruling under the login of the session; the pipeline carries it out
-- (rights/rulings.py) as `subject rectify` and `review` do, and says in curated.reviews what became of it.

-- Rule what is true of one field of a contact; outranks every provider and every list. Returns the number in
-- curated.reviews. A later ruling on the same field replaces one that still waits.
create function curated.correct_contact(contact_id uuid, field text, value text, reason text) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    number bigint;
    found_id bigint := (select c.id from core.contacts c
        where c.public_id = correct_contact.contact_id and c.deletion_completed is null);
begin
    if found_id is null then
        raise exception 'There is no contact of that id' using errcode = 'no_data_found';
    elsif field is null or field <> all (core.correctable_fields()) then
        raise exception 'That is no field that can be corrected: %', array_to_string(core.correctable_fields(), ', ')
            using errcode = 'invalid_parameter_value';
    elsif coalesce(btrim(value), '') = '' or length(value) > 10000 then
        raise exception 'Say what is true, in at most 10,000 letters: a value can be corrected, not emptied'
            using errcode = 'invalid_parameter_value';
    elsif coalesce(btrim(reason), '') = '' then
        raise exception 'Say why' using errcode = 'invalid_parameter_value';
    end if;
    insert into ops.reviews as v (kind, contact_id, field_name, ruling, ruled_field, ruled_value, reason, ruled_by, ruled_at)
    values ('correction', found_id, correct_contact.field, 'corrected', correct_contact.field, btrim(correct_contact.value),
        correct_contact.reason, session_user, now())
    on conflict (contact_id, kind, field_name) where closed_at is null and field_name is not null
    do update set ruled_value = excluded.ruled_value, reason = excluded.reason, ruled_by = excluded.ruled_by,
        ruled_at = excluded.ruled_at
    returning v.id into number;
    return number;
end $$;

-- Decide an open review: accepted, rejected, or corrected (then value says what is true, and field of what where the review
-- is not about one).
create function curated.decide_review(review bigint, decision text, reason text, value text default null,
    field text default null) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if decision is null or decision not in ('accepted', 'rejected', 'corrected') then
        raise exception 'A review is accepted, rejected or corrected' using errcode = 'invalid_parameter_value';
    elsif coalesce(btrim(reason), '') = '' then
        raise exception 'Say why' using errcode = 'invalid_parameter_value';
    elsif decision = 'corrected' and (coalesce(btrim(value), '') = '' or length(value) > 10000) then
        raise exception 'Say what is true, in at most 10,000 letters' using errcode = 'invalid_parameter_value';
    elsif field <> all (core.correctable_fields()) then
        raise exception 'That is no field that can be corrected: %', array_to_string(core.correctable_fields(), ', ')
            using errcode = 'invalid_parameter_value';
    end if;
    update ops.reviews v set ruling = decide_review.decision, reason = decide_review.reason, ruled_by = session_user,
        ruled_at = now(), refusal = null,
        ruled_value = case when decide_review.decision = 'corrected' then btrim(decide_review.value) end,
        ruled_field = case when decide_review.decision = 'corrected' then coalesce(decide_review.field, v.field_name) end
    where v.id = decide_review.review and v.closed_at is null;
    if not found then
        raise exception 'There is no open review of that number' using errcode = 'no_data_found';
    end if;
end $$;
