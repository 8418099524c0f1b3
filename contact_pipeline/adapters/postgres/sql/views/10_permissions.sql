-- The one rule that says who may be contacted on which channel, and why not (docs/privacy.md tells it in words).
-- First fault wins; no fault is 'allowed'. Missing parts deny: no basis, no key, no permission (principle 8).
create or replace function core.permission(
    has_value boolean, has_key boolean, status text, suppressed boolean, deletion_requested boolean,
    restricted boolean, withdrawn boolean, hard_bounce boolean, has_basis boolean, basis_expired boolean
) returns text language sql immutable parallel safe
begin atomic
    select case
        when deletion_requested then 'deletion_requested'
        when restricted then 'restricted'
        when suppressed then 'suppressed'
        when withdrawn then 'consent_withdrawn'
        when hard_bounce then 'hard_bounce'
        when not has_value then 'no_address'
        when not has_key then 'not_identified'
        when status = 'invalid' then 'invalid'
        when not has_basis and basis_expired then 'retention_expired'
        when not has_basis then 'no_lawful_basis'
        else 'allowed'
    end;
end;

-- The person's own, proved opt-in: what a list states proves nothing, nor does a date that was yet to come when it was
-- written down (such a consent would overrule every opt-out until then).
create or replace function core.is_opt_in(r core.consent_records) returns boolean
language sql immutable parallel safe
begin atomic
    select r.withdrawn_date is null and (btrim(r.evidence) <> '' or r.document_hash is not null)
        and r.consent_date <= r.recorded_at;
end;

-- A dead address, an erased person and a matter of law are not the person's to reopen.
create or replace function core.may_reopen(reason text) returns boolean language sql immutable parallel safe
begin atomic
    select reason not in ('erased', 'legal', 'hard_bounce');
end;

-- An opt-out always wins; only a later opt-in of the person reopens. What was said nobody knows when stays said.
create or replace function core.is_reopened(reason text, last_said_at timestamptz, opted_in_at timestamptz)
returns boolean language sql immutable parallel safe
begin atomic
    select coalesce(opted_in_at > last_said_at and core.may_reopen(reason), false);
end;

-- One row for each contact. A basis is documented by the policy, or stated in the row by a source that is documented;
-- it ends with the shorter of the row's and the source's retention.
create or replace view core.contact_permissions as
select c.id as contact_id,
    core.permission(
        -- What nobody has judged yet (just found, or changed by hand) is used by nobody.
        c.email is not null, c.email_key is not null and c.email_sub_status is distinct from 'not_checked', c.email_status,
        suppressed.email, c.deletion_requested, c.processing_restricted, consent.email_withdrawn,
        c.hard_bounce or suppressed.email_bounced,
        coalesce(basis.email, false) or (coalesce(basis.email_by_consent, false) and consent.email_given),
        coalesce(basis.email_expired, false)) as email_reason,
    core.permission(
        c.phone is not null, c.phone_key is not null, c.phone_status,
        suppressed.phone, c.deletion_requested, c.processing_restricted, consent.phone_withdrawn, false,
        coalesce(basis.phone, false) or (coalesce(basis.phone_by_consent, false) and consent.phone_given),
        coalesce(basis.phone_expired, false)) as phone_reason,
    -- Whether the person may be asked about at all: the same rule, as if the address or number itself were in order.
    core.permission(
        c.email is not null, true, 'unknown', suppressed.email, c.deletion_requested, c.processing_restricted,
        consent.email_withdrawn, c.hard_bounce or suppressed.email_bounced,
        coalesce(basis.email, false) or (coalesce(basis.email_by_consent, false) and consent.email_given),
        coalesce(basis.email_expired, false)) = 'allowed' as has_email_ground,
    core.permission(
        c.phone is not null, true, 'unknown', suppressed.phone, c.deletion_requested, c.processing_restricted,
        consent.phone_withdrawn, false,
        coalesce(basis.phone, false) or (coalesce(basis.phone_by_consent, false) and consent.phone_given),
        coalesce(basis.phone_expired, false)) = 'allowed' as has_phone_ground,
    -- Whether providers may be asked who the person is: a ground for any channel, and no word against any.
    core.permission(
        true, true, 'unknown', suppressed.email or suppressed.phone,
        c.deletion_requested, c.processing_restricted, consent.email_withdrawn or consent.phone_withdrawn, false,
        coalesce(basis.email, false) or (coalesce(basis.email_by_consent, false) and consent.email_given)
            or coalesce(basis.phone, false) or (coalesce(basis.phone_by_consent, false) and consent.phone_given),
        false) = 'allowed' as has_profile_ground
from core.contacts c
cross join lateral (
    -- A withdrawal stands until a later consent for the same channel; one of unknown type is about every channel.
    select
        coalesce(g.email_given > coalesce(g.email_withdrawn, '-infinity'), false) as email_given,
        coalesce(g.email_withdrawn >= coalesce(g.email_given, '-infinity'), false) as email_withdrawn,
        coalesce(g.phone_given > coalesce(g.phone_withdrawn, '-infinity'), false) as phone_given,
        coalesce(g.phone_withdrawn >= coalesce(g.phone_given, '-infinity'), false) as phone_withdrawn,
        g.email_opted_in_at, g.phone_opted_in_at
    from (
        select
            max(r.consent_date) filter (where r.consent_type in ('email', 'any') and r.withdrawn_date is null) as email_given,
            max(r.withdrawn_date) filter (where r.consent_type <> 'phone') as email_withdrawn,
            max(r.consent_date) filter (where r.consent_type in ('email', 'any') and core.is_opt_in(r)) as email_opted_in_at,
            max(r.consent_date) filter (where r.consent_type in ('phone', 'any') and r.withdrawn_date is null) as phone_given,
            max(r.withdrawn_date) filter (where r.consent_type <> 'email') as phone_withdrawn,
            max(r.consent_date) filter (where r.consent_type in ('phone', 'any') and core.is_opt_in(r)) as phone_opted_in_at
        from core.consent_records r where r.contact_id = c.id
    ) g
) consent
cross join lateral (
    -- An opt-out of any address of the contact stops them all; a bounce is about the one address that bounced.
    -- Who has a suppressed address or number is found for all contacts at once; what each of these is worth beside an
    -- opt-in is looked up only for the few who have one.
    select
        c.suppress_email and not core.is_reopened('flag', c.email_closed_at, consent.email_opted_in_at)
            or coalesce(own.stops, false)
            or exists (select from core.contact_points p join core.suppressions s on s.channel = 'email'
                and s.subject_key = p.email_key and s.reason <> 'hard_bounce' where p.contact_id = c.id)
            and (consent.email_opted_in_at is null
                or exists (select from core.contact_points p join core.suppressions s on s.channel = 'email'
                    and s.subject_key = p.email_key and s.reason <> 'hard_bounce' where p.contact_id = c.id
                    and not core.is_reopened(s.reason, s.last_said_at, consent.email_opted_in_at))) as email,
        coalesce(own.bounced, false) as email_bounced,
        c.suppress_phone and not core.is_reopened('flag', c.phone_closed_at, consent.phone_opted_in_at)
            or (exists (select from core.suppressions s where s.channel = 'phone' and s.subject_key = c.phone_key)
                or exists (select from core.contact_points p join core.suppressions s
                    on s.channel = 'phone' and s.subject_key = p.phone_key where p.contact_id = c.id))
            and (consent.phone_opted_in_at is null
                or exists (select from (select c.phone_key union all
                        select p.phone_key from core.contact_points p where p.contact_id = c.id) k (key)
                    join core.suppressions s on s.channel = 'phone' and s.subject_key = k.key
                    where not core.is_reopened(s.reason, s.last_said_at, consent.phone_opted_in_at))) as phone
    from (
        select bool_or(s.reason <> 'hard_bounce'
                and not core.is_reopened(s.reason, s.last_said_at, consent.email_opted_in_at)) as stops,
            bool_or(s.reason = 'hard_bounce') as bounced
        from core.suppressions s where s.channel = 'email' and s.subject_key = c.email_key
    ) own
) suppressed
cross join lateral (
    select
        bool_or(b.applies and b.for_email and b.current and not b.needs_consent) as email,
        bool_or(b.applies and b.for_email and b.current and b.needs_consent) as email_by_consent,
        bool_or(b.applies and b.for_email and not b.current) as email_expired,
        bool_or(b.applies and b.for_phone and b.current and not b.needs_consent) as phone,
        bool_or(b.applies and b.for_phone and b.current and b.needs_consent) as phone_by_consent,
        bool_or(b.applies and b.for_phone and not b.current) as phone_expired
    from (
        select
            s.documentation <> '' and (cs.own_basis or s.lawful_basis in ('consent', 'contract')
                or (s.lawful_basis = 'legitimate_interest' and s.assessment_ref <> '')) as applies,
            s.lawful_basis = 'consent' and not cs.own_basis as needs_consent,
            'email' = any (s.channels) as for_email,
            'phone' = any (s.channels) as for_phone,
            coalesce(coalesce(cs.source_date, cs.landed_at)
                + make_interval(days => least(cs.retention_days, s.retention_days)) > now(), true) as current
        from core.contact_sources cs join core.sources s on s.name = cs.source
        where cs.contact_id = c.id
    ) b
) basis;
