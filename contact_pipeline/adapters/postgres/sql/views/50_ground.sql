-- On what ground each contact stands. No value of a person here: public ids only.

-- State of each consent at any instant, derived from the events until then: the last word for a channel counts, whether it
-- ended a consent or closed the channel. A bare date of a list, without source, address or proof, is only claimed. One rule
-- for the function and the view: a reader may not read the tables, which is the view's right and would not be that of a
-- function in it; and a definer function could not be inlined, so that looking up one contact would decide all.
do $both$
declare
    rule text := $rule$
    select c.public_id, k.channel,
        case when e.given_at is null or e.given_at <= coalesce(greatest(e.withdrawn_at, closed.at), '-infinity') then 'withdrawn'
            when last.consent_source is null and last.consent_ip is null and not proof.here then 'claimed'
            else 'given' end,
        e.given_at, case when closed.at > e.given_at then greatest(e.withdrawn_at, nullif(closed.at, 'infinity')) else e.withdrawn_at end,
        last.consent_source, last.purpose, last.notice_version, proof.here
    from core.contacts c
    cross join (values ('email'), ('phone')) k (channel)
    cross join lateral (
        select max(r.consent_date) filter (where r.withdrawn_date is null and r.consent_type in (k.channel, 'any')
                and r.consent_date <= moment) as given_at,
            max(r.withdrawn_date) filter (where r.withdrawn_date <= moment and (r.consent_type in (k.channel, 'any')
                or r.consent_type not in ('email', 'phone', 'any'))) as withdrawn_at
        from core.consent_records r where r.contact_id = c.id
    ) e
    left join lateral (
        select r.* from core.consent_records r
        where r.contact_id = c.id and r.consent_type in (k.channel, 'any') and r.withdrawn_date is null and r.consent_date = e.given_at
        order by r.id desc limit 1
    ) last on true
    cross join lateral (select coalesce(btrim(last.evidence) <> '', false) or last.document_hash is not null as here) proof
    cross join lateral ( -- a flag without its time was set by hand: it stood at any instant
        select greatest(
            case k.channel when 'email' then case when core.has_left(c) then coalesce(c.email_closed_at, 'infinity') end
                else case when c.suppress_phone then coalesce(c.phone_closed_at, 'infinity') end end,
            (select max(case when s.last_said_at <= moment then s.last_said_at when s.created_at <= moment then s.created_at end)
            from (
                select case k.channel when 'email' then c.email_key else c.phone_key end as key
                union all
                select case k.channel when 'email' then p.email_key else p.phone_key end
                from core.contact_points p where p.contact_id = c.id
            ) h left join core.address_keys a on a.email_key = h.key
            join core.suppressions s on s.channel = k.channel and s.reason <> 'hard_bounce'
                and (s.subject_key = h.key or k.channel = 'email' and s.canonical_key = coalesce(a.canonical_key, h.key)))) as at
    ) said
    cross join lateral (select case when said.at <= moment or said.at = 'infinity' then said.at end as at) closed
    where e.given_at is not null or e.withdrawn_at is not null
    $rule$;
begin
    execute 'create or replace function core.consent_status_at(moment timestamptz)
        returns table (contact_id uuid, channel text, state text, given_at timestamptz, withdrawn_at timestamptz,
            source text, purpose text, notice_version text, has_evidence boolean)
        language sql stable begin atomic ' || rule || '; end';
    execute 'create view curated.consent_status (contact_id, channel, state, given_at, withdrawn_at, source, purpose,
        notice_version, has_evidence) as ' || replace(rule, 'moment', 'timestamptz ''infinity'' ');
end $both$;

-- Whose address or number was closed. days: from the person's word, as far as it is known, to its effect here.
-- reopened_at: the first opt-in of this contact after it was last said.
create view curated.suppressed as
with keys as (
    select id, email_key as key, 'email' as channel from core.contacts where email_key is not null
    union
    select id, phone_key, 'phone' from core.contacts where phone_key is not null
    union
    select contact_id, email_key, 'email' from core.contact_points where email_key is not null
    union
    select contact_id, phone_key, 'phone' from core.contact_points where phone_key is not null
), stopped as ( -- by the key itself, or by another writing of the mailbox
    select k.id, s.subject_key, s.channel, s.reason, s.source
    from keys k join core.suppressions s on s.channel = k.channel and s.subject_key = k.key
    union
    select k.id, s.subject_key, s.channel, s.reason, s.source
    from keys k left join core.address_keys a on a.email_key = k.key
    join core.suppressions s on s.channel = 'email' and s.reason <> 'hard_bounce' and s.canonical_key = coalesce(a.canonical_key, k.key)
    where k.channel = 'email'
)
select c.public_id as contact_id, s.channel, s.reason, s.source, s.acted_at, s.received_at, s.created_at as effective_at,
    greatest(0, extract(epoch from s.created_at - coalesce(s.acted_at, s.received_at)) / 86400)::double precision as processing_days,
    core.business_days(coalesce(s.acted_at, s.received_at), s.created_at) as processing_business_days,
    (select min(r.consent_date) from core.consent_records r
        where r.contact_id = c.id and r.consent_type in (s.channel, 'any') and core.is_opt_in(r)
            and core.is_reopened(s.reason, s.last_said_at, r.consent_date)) as reopened_at
from stopped k
join core.suppressions s using (subject_key, channel, reason, source)
join core.contacts c on c.id = k.id;

-- Sources that nobody documented: what they brought cannot be used.
create view curated.undocumented_sources as
select d.source, count(distinct d.key) as drops, count(distinct cs.contact_id) as contacts, max(d.landed_at) as last_landed_at
from raw.drops d
left join core.contact_sources cs on cs.drop_key = d.key
left join core.sources s on s.name = d.source
where not core.is_documented(s.documentation, s.lawful_basis, s.assessment_ref)
group by d.source;

-- Contacts whose last ground ends within the policy's warning_days, or has ended: their data have to go.
create view curated.retention_due as
with ends as ( -- in one pass over all; what costs more only for the few that are due
    select cs.contact_id,
        max(coalesce(cs.source_date, cs.landed_at) + make_interval(days => least(cs.retention_days, s.retention_days))) as ends_at
    from core.retaining_sources cs left join core.sources s on s.name = cs.source
    group by cs.contact_id
    having bool_and(least(cs.retention_days, s.retention_days) is not null)
        and max(coalesce(cs.source_date, cs.landed_at) + make_interval(days => least(cs.retention_days, s.retention_days)))
            <= now() + make_interval(days => (select value from core.policy_values where name = 'retention_warning_days'))
)
select c.public_id as contact_id,
    (select cs.source from core.retaining_sources cs left join core.sources s on s.name = cs.source where cs.contact_id = c.id
        order by coalesce(cs.source_date, cs.landed_at) + make_interval(days => least(cs.retention_days, s.retention_days)) desc,
            cs.source limit 1) as source,
    e.ends_at, e.ends_at <= now() as is_over
from ends e join core.contacts c on c.id = e.contact_id and c.deletion_completed is null;

-- Whose data are frozen (Art. 18), or who asked for something that is not answered yet, by whatever address or number.
create or replace function core.stays_for_now(c core.contacts) returns boolean language sql stable
begin atomic
    select c.processing_restricted or exists (select from ops.subject_requests r where r.state = 'open'
        and (r.contact_id = c.id or r.subject_key in (c.email_key, c.phone_key) or r.subject_key in (
            select unnest(array[p.email_key, p.phone_key]) from core.contact_points p where p.contact_id = c.id)));
end;
