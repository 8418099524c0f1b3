-- What a compliance officer asks for: requests of people, the record of processing, and figures. No value of a person.

create view curated.data_subject_requests as
select r.id, r.reference, r.kind, c.public_id as contact_id, r.received_at, d.due_at, r.due_at as original_due_at,
    case when p.visible then r.extension_reason when r.extension_reason is not null then '…' end as extension_reason,
    r.state, r.closed_at, coalesce(r.closed_at, now()) > d.due_at as is_overdue,
    case when r.state = 'open' then (d.due_at at time zone 'UTC')::date - (now() at time zone 'UTC')::date end as days_left,
    (r.closed_at at time zone 'UTC')::date - (r.received_at at time zone 'UTC')::date as days_taken,
    case when p.visible then r.identity_check when r.identity_check is not null then '…' end as identity_check,
    case when p.visible or r.state <> 'refused' then r.outcome else '…' end as outcome
from ops.subject_requests r
cross join (select core.may_see_personal() or core.may_see_audit() as visible offset 0) p -- what our people wrote may name somebody
left join core.contacts c on c.id = r.contact_id
cross join lateral (select coalesce(r.extended_until, r.due_at) as due_at) d;

create view curated.processing_register as
select activity, source, purpose, lawful_basis, assessment_ref, controller, data_protection_officer, categories_of_people,
    categories_of_data, recipients, transfers, retention, safeguards, assets, generated_at
from core.processing_activities;

-- Whether we may have each contact, and until when: the same facts as in core.contact_permissions, without a person's word
-- against a channel. Each big table is read once: core.contact_permissions looks every contact up by itself.
create view core.contact_grounds as
with grounds as (
    select cs.contact_id,
        bool_or(g.applies and g.is_current and not g.needs_consent) as holds,
        bool_or(g.applies and g.is_current and g.needs_consent and 'email' = any (s.channels)) as email_by_consent,
        bool_or(g.applies and g.is_current and g.needs_consent and 'phone' = any (s.channels)) as phone_by_consent,
        bool_and(g.ends_at is not null) as has_end,
        max(g.ends_at) as ends_at,
        bool_or(cs.retention_unread) as is_unread,
        max(cs.confidence) as best_confidence
    from core.contact_sources cs
    left join core.sources s on s.name = cs.source
    cross join lateral (select coalesce(cs.source_date, cs.landed_at)
        + make_interval(days => least(cs.retention_days, s.retention_days)) as ends_at) e
    cross join lateral (select core.ground_of(
        s.documentation, s.lawful_basis, s.assessment_ref, s.own_bases_pattern, cs.own_basis_words) as ground) b
    cross join lateral (select b.ground is not null as applies, b.ground = 'consent' as needs_consent,
        coalesce(e.ends_at > now(), true) and not cs.retention_unread as is_current, e.ends_at) g
    group by cs.contact_id
), consents as (
    select contact_id,
        max(consent_date) filter (where consent_type in ('email', 'any') and withdrawn_date is null)
            > coalesce(max(withdrawn_date) filter (where consent_type <> 'phone'), '-infinity') as email,
        max(consent_date) filter (where consent_type in ('phone', 'any') and withdrawn_date is null)
            > coalesce(max(withdrawn_date) filter (where consent_type <> 'email'), '-infinity') as phone
    from core.consent_records
    group by contact_id
)
select c.id as contact_id,
    not c.deletion_requested and (g.holds or g.email_by_consent and k.email or g.phone_by_consent and k.phone) as is_grounded,
    k.email or k.phone as is_consenting,
    g.has_end or g.is_unread as is_ending,
    g.has_end and g.ends_at > now() and not g.is_unread as is_within,
    g.best_confidence
from core.contacts c
left join grounds g on g.contact_id = c.id
left join consents k on k.contact_id = c.id
where c.deletion_completed is null;

-- One row for each metric. NULL: there is nothing to measure.
create view curated.compliance_figures as
with people as (
    select count(*) as contacts, count(*) filter (where is_grounded) as grounded, count(*) filter (where is_consenting) as consenting,
        count(*) filter (where is_ending) as ending, count(*) filter (where is_within) as within
    from core.contact_grounds
), opt_outs as (
    select count(*) as opt_outs,
        percentile_cont(array[0.5, 0.95, 1]) within group (order by t.days) as days,
        percentile_disc(array[0.5, 0.95, 1]) within group (order by t.business_days) as business_days
    from core.suppressions s
    cross join lateral (select
        greatest(0, extract(epoch from s.created_at - coalesce(s.acted_at, s.received_at)) / 86400)::double precision as days,
        core.business_days(coalesce(s.acted_at, s.received_at), s.created_at) as business_days) t
    where s.reason not in ('hard_bounce', 'erased') -- nobody's word; and no time passes until an erasure closes the channel
), requests as (
    select count(*) filter (where state = 'open') as open, count(*) filter (where state = 'open' and is_overdue) as overdue,
        count(*) filter (where state <> 'open') as closed, count(*) filter (where state <> 'open' and is_overdue) as closed_late
    from curated.data_subject_requests
), sources as (
    select count(*) as undocumented, count(*) filter (where contacts > 0) as in_use from curated.undocumented_sources
), erased as (
    select count(*) as erasures, count(certificate) as certified, count(*) filter (where findings > 0) as with_findings
    from ops.erasures
)
select f.metric, f.value, f.numerator, f.denominator, f.unit, f.detail
from people p, opt_outs o, requests r, sources s, erased e
cross join lateral (values
    ('consent_coverage', p.grounded / nullif(p.contacts, 0)::double precision, p.grounded, p.contacts, 'share',
        'Contacts with a documented ground that holds today and no wish to be erased, of all that are not erased.'),
    ('consent_share', p.consenting / nullif(p.contacts, 0)::double precision, p.consenting, p.contacts, 'share',
        'Contacts with a consent for a channel that they did not withdraw, of all that are not erased.'),
    ('data_retention_compliance', p.within / nullif(p.ending, 0)::double precision, p.within, p.ending, 'share',
        'Contacts whose last ground has not ended, of those for whom an end is set; an end that nobody could read is not kept.'),
    ('opt_out_processing_time_median', o.days[1], null, o.opt_outs, 'days',
        'From the person''s word, else from when we heard of it, until it held here. Bounces and erasures do not count.'),
    ('opt_out_processing_time_p95', o.days[2], null, o.opt_outs, 'days', 'The same: 95 of 100 took no longer.'),
    ('opt_out_processing_time_worst', o.days[3], null, o.opt_outs, 'days', 'The same: the longest.'),
    ('opt_out_business_days_median', o.business_days[1]::double precision, null, o.opt_outs, 'business days',
        'The same without Saturdays and Sundays; CAN-SPAM allows ten.'),
    ('opt_out_business_days_p95', o.business_days[2], null, o.opt_outs, 'business days', '95 of 100 took no longer.'),
    ('opt_out_business_days_worst', o.business_days[3], null, o.opt_outs, 'business days', 'The longest.'),
    ('requests_open', r.open, null, null, 'requests', 'What people asked of us and nobody has closed.'),
    ('requests_overdue', r.overdue, r.overdue, r.open, 'requests', 'Open, and past the day on which they were due.'),
    ('requests_closed_late', r.closed_late, r.closed_late, r.closed, 'requests', 'Closed after that day.'),
    ('undocumented_sources', s.undocumented, null, null, 'sources', 'Sources of drops without a documented ground.'),
    ('undocumented_sources_in_use', s.in_use, s.in_use, s.undocumented, 'sources', 'Of these, with contacts.'),
    ('erasures', e.erasures, null, null, 'erasures', 'Erasures that were begun.'),
    ('erasures_with_certificate', e.certified, e.certified, e.erasures, 'erasures', 'Of these, with a certificate.'),
    ('erasures_with_findings', e.with_findings, e.with_findings, e.certified, 'erasures',
        'Of those with a certificate, where the search still found something.')
) f (metric, value, numerator, denominator, unit, detail);
