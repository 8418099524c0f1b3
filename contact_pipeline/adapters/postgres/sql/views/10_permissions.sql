-- The one rule that says who may be contacted on which channel and for which purpose, and why not (docs/privacy.md tells
-- it in words). First fault wins; no fault is 'allowed'. Missing parts deny: no basis, no key, no permission (DESIGN 2,
-- "private by default").

-- purposes: those for which a ground holds. own_purposes: of these, those that the policy names for a source of the
-- contact. purpose: the one that is asked for; empty: any of own_purposes. lacks_consent: a ground would hold if the law
-- on electronic marketing did not want the person's consent first.
create or replace function core.permission(
    has_value boolean, has_key boolean, status text, suppressed boolean, deletion_requested boolean,
    restricted boolean, withdrawn boolean, hard_bounce boolean, purposes text[], own_purposes text[], purpose text,
    lacks_consent boolean, basis_expired boolean, basis_unread boolean
) returns text language sql immutable parallel safe
return case
    when deletion_requested then 'deletion_requested'
    when restricted then 'restricted'
    when suppressed then 'suppressed'
    when withdrawn then 'consent_withdrawn'
    when hard_bounce then 'hard_bounce'
    when not has_value then 'no_address'
    when not has_key then 'not_identified'
    when status = 'invalid' then 'invalid'
    when purposes is not null
        and case when purpose is null then own_purposes is null else not purpose = any (purposes) end then 'other_purpose'
    when purposes is null and lacks_consent then 'no_prior_consent'
    when purposes is null and basis_unread then 'retention_unreadable'
    when purposes is null and basis_expired then 'retention_expired'
    when purposes is null then 'no_lawful_basis'
    else 'allowed'
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

-- The key of the mailbox whatever its writing.
create or replace function core.canonical_key(email_key bytea) returns bytea language sql stable parallel safe
begin atomic
    select coalesce((select k.canonical_key from core.address_keys k where k.email_key = $1), $1);
end;

-- The keys of all addresses that we know of one mailbox, that of the asked one among them.
create or replace function core.mailbox_keys(email_key bytea) returns setof bytea language sql stable parallel safe
begin atomic
    select $1
    union
    select core.canonical_key($1)
    union
    select k.email_key from core.address_keys k where k.canonical_key = core.canonical_key($1);
end;

-- Purposes for which a contact is not to be written to or called, by the person's word on one list. Who has since opted in
-- for that purpose, or for all of them, is back.
create or replace function core.left_purposes(c core.contacts, channel text) returns text[] language sql stable parallel safe
begin atomic
    select array(
        select distinct s.purpose
        from (
            select case $2 when 'email' then (c).email_key else (c).phone_key end as key
            union all
            select case $2 when 'email' then p.email_key else p.phone_key end from core.contact_points p where p.contact_id = (c).id
        ) k
        join core.purpose_suppressions s on s.channel = $2
            and (s.subject_key = k.key or $2 = 'email' and s.canonical_key = core.canonical_key(k.key))
        where k.key is not null and not exists (
            select from core.consent_records r where r.contact_id = (c).id and core.is_opt_in(r)
                and r.consent_type in ($2, 'any') and r.consent_date > s.last_said_at and core.may_reopen(s.reason)
                and coalesce(core.purpose_word(r.purpose), s.purpose) = s.purpose));
end;

-- Whether the policy documents a ground for everybody of a source: it says what the list is and names a basis; an
-- interest also has its assessment.
create or replace function core.is_documented(documentation text, lawful_basis text, assessment_ref text) returns boolean
language sql immutable parallel safe
return coalesce(documentation <> '' and (lawful_basis in ('consent', 'contract')
    or lawful_basis = 'legitimate_interest' and assessment_ref <> ''), false);

-- On what ground a row of a source stands. An interest that the row states counts only from a source that says what it
-- is, and where it names one that the policy lists; it never takes the place of a consent.
create or replace function core.ground_of(
    documentation text, lawful_basis text, assessment_ref text, own_bases_pattern text, own_basis_words text
) returns text language sql immutable parallel safe
return case
    when core.is_documented(documentation, lawful_basis, assessment_ref) then lawful_basis
    when documentation <> '' and own_basis_words ~ own_bases_pattern then 'legitimate_interest'
end;

-- Whether the law on electronic marketing wants the person's consent besides the ground (ePrivacy Directive Art. 13 and
-- its kin; docs/privacy.md has the table). marketing: what the policy says of the source; rule: of the country, empty
-- where it is unknown or not listed; is_business, is_landline: of the address or number.
create or replace function core.wants_prior_consent(
    ground text, marketing text, origin text, rule text, is_business boolean, is_landline boolean
) returns boolean language sql immutable parallel safe
return case
    when ground = 'consent' then true
    when marketing <> 'by_ground' then marketing = 'prior_consent' or marketing = 'b2b' and not is_business
    when ground = 'contract' and origin = 'first_party' then false -- soft opt-in: an existing customer, Art. 13(2)
    when rule = 'opt_out' then false
    when rule = 'b2b' then not is_business
    when rule = 'landline' then not is_landline
    else true
end;

-- One row for each contact. Few joins, and look-ups as subqueries: with more than join_collapse_limit (8) of them the
-- planner decides about everybody before it looks at the contacts that were asked for (20,000 of them: 58 s, then 1 s).
-- A ground ends with the shorter of the row's and the source's retention; a row whose own nobody could read gives none. email_purposes,
-- phone_purposes: for what the contact may be used now, each purpose once for every row that gives it.
create or replace view core.contact_permissions as
select c.id as contact_id,
    core.permission(
        email.has_value, email.has_key, c.email_status, suppressed.email or basis.email_is_left, c.deletion_requested, c.processing_restricted,
        consent.email_withdrawn, email.bounced, basis.email, basis.email_own, null,
        basis.email_lacks_consent, basis.email_expired, basis.email_unread) as email_reason,
    core.permission(
        phone.has_value, phone.has_key, c.phone_status, suppressed.phone or basis.phone_is_left, c.deletion_requested, c.processing_restricted,
        consent.phone_withdrawn, false, basis.phone, basis.phone_own, null,
        basis.phone_lacks_consent, basis.phone_expired, basis.phone_unread) as phone_reason,
    case when core.permission(
        email.has_value, email.has_key, c.email_status, suppressed.email or basis.email_is_left, c.deletion_requested, c.processing_restricted,
        consent.email_withdrawn, email.bounced, basis.email, basis.email, null, false, false, false) = 'allowed'
        then basis.email end as email_purposes,
    case when core.permission(
        phone.has_value, phone.has_key, c.phone_status, suppressed.phone or basis.phone_is_left, c.deletion_requested, c.processing_restricted,
        consent.phone_withdrawn, false, basis.phone, basis.phone, null, false, false, false) = 'allowed'
        then basis.phone end as phone_purposes,
    -- Whether the person may be asked about at all: the same rule, as if the address or number itself were in order.
    core.permission(
        email.has_value, true, 'unknown', suppressed.email or basis.email_is_left, c.deletion_requested, c.processing_restricted,
        consent.email_withdrawn, email.bounced, basis.email, basis.email, null, false, false, false) = 'allowed' as has_email_ground,
    core.permission(
        phone.has_value, true, 'unknown', suppressed.phone or basis.phone_is_left, c.deletion_requested, c.processing_restricted,
        consent.phone_withdrawn, false, basis.phone, basis.phone, null, false, false, false) = 'allowed' as has_phone_ground,
    -- Whether providers may be asked who the person is: a ground for any channel, and no word against any.
    core.permission(
        true, true, 'unknown', suppressed.email or suppressed.phone,
        c.deletion_requested, c.processing_restricted, consent.email_withdrawn or consent.phone_withdrawn, false,
        coalesce(basis.email, basis.phone), coalesce(basis.email, basis.phone), null, false, false, false) = 'allowed' as has_profile_ground
from core.contacts c
cross join lateral (
    -- A withdrawal stands until a later consent for the same channel; one of unknown type is about every channel.
    -- consents: the purposes of those that stand; * is one written down by the desk for no purpose in particular.
    select
        case when g.email_withdrawn is null then g.email_consents
            when g.email_given > g.email_withdrawn then (
                select array_agg(coalesce(core.purpose_word(r.purpose), case when r.purpose is null then '*' else '' end))
                from core.consent_records r where r.contact_id = c.id and r.withdrawn_date is null
                    and r.consent_type in ('email', 'any') and r.consent_date > g.email_withdrawn) end as email_consents,
        coalesce(g.email_withdrawn >= coalesce(g.email_given, '-infinity'), false) as email_withdrawn,
        case when g.phone_withdrawn is null then g.phone_consents
            when g.phone_given > g.phone_withdrawn then (
                select array_agg(coalesce(core.purpose_word(r.purpose), case when r.purpose is null then '*' else '' end))
                from core.consent_records r where r.contact_id = c.id and r.withdrawn_date is null
                    and r.consent_type in ('phone', 'any') and r.consent_date > g.phone_withdrawn) end as phone_consents,
        coalesce(g.phone_withdrawn >= coalesce(g.phone_given, '-infinity'), false) as phone_withdrawn,
        g.email_opted_in_at, g.phone_opted_in_at
    from (
        select
            max(r.consent_date) filter (where r.is_email and r.withdrawn_date is null) as email_given,
            array_agg(r.purpose) filter (where r.is_email and r.withdrawn_date is null and r.consent_date is not null) as email_consents,
            max(r.withdrawn_date) filter (where r.consent_type <> 'phone') as email_withdrawn,
            max(r.consent_date) filter (where r.is_email and r.is_opt_in) as email_opted_in_at,
            max(r.consent_date) filter (where r.is_phone and r.withdrawn_date is null) as phone_given,
            array_agg(r.purpose) filter (where r.is_phone and r.withdrawn_date is null and r.consent_date is not null) as phone_consents,
            max(r.withdrawn_date) filter (where r.consent_type <> 'email') as phone_withdrawn,
            max(r.consent_date) filter (where r.is_phone and r.is_opt_in) as phone_opted_in_at
        from (
            select r.consent_type, r.consent_date, r.withdrawn_date, core.is_opt_in(r) as is_opt_in,
                r.consent_type in ('email', 'any') as is_email, r.consent_type in ('phone', 'any') as is_phone,
                coalesce(core.purpose_word(r.purpose), case when r.purpose is null then '*' else '' end) as purpose
            from core.consent_records r where r.contact_id = c.id
        ) r
    ) g
) consent
cross join lateral (
    -- An opt-out of any address of the contact, in whatever writing, stops them all; a bounce is about the one address
    -- that bounced. Who has a suppressed address or number is found for all contacts at once; what each of these is worth
    -- beside an opt-in is looked up only for the few who have one.
    select
        core.has_left(c) and not core.is_reopened('flag', c.email_closed_at, consent.email_opted_in_at)
            or coalesce(own.stops, false)
            or exists (select from core.contact_points p left join core.address_keys k on k.email_key = p.email_key
                join core.suppressions s on s.channel = 'email' and s.reason <> 'hard_bounce'
                    and (s.subject_key = p.email_key or s.canonical_key = coalesce(k.canonical_key, p.email_key))
                where p.contact_id = c.id and p.email_key is not null
                    and not core.is_reopened(s.reason, s.last_said_at, consent.email_opted_in_at)) as email,
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
            bool_or(s.reason = 'hard_bounce' and s.subject_key = c.email_key) as bounced
        from core.suppressions s
        where s.channel = 'email'
            and (s.subject_key = c.email_key or s.canonical_key = coalesce(
                (select k.canonical_key from core.address_keys k where k.email_key = c.email_key), c.email_key))
    ) own
) suppressed
cross join lateral (
    -- Lists that the person left by any of their addresses or numbers, and has not joined again since.
    select case when exists (select from core.purpose_suppressions where channel = 'email')
            then core.left_purposes(c, 'email') end as email,
        case when exists (select from core.purpose_suppressions where channel = 'phone')
            then core.left_purposes(c, 'phone') end as phone
) lists
cross join lateral (
    select
        array_agg(b.purpose) filter (where b.email_holds) as email,
        not coalesce(bool_or(b.email_holds), false) and coalesce(bool_or(b.email_left), false) as email_is_left,
        not coalesce(bool_or(b.phone_holds), false) and coalesce(bool_or(b.phone_left), false) as phone_is_left,
        array_agg(b.purpose) filter (where b.email_holds and b.is_own) as email_own,
        coalesce(bool_or(b.for_email and b.is_current and not b.email_holds and not b.email_left and b.ground <> 'consent'), false) as email_lacks_consent,
        coalesce(bool_or(b.for_email and b.is_over), false) as email_expired,
        coalesce(bool_or(b.for_email and b.is_unread), false) as email_unread,
        array_agg(b.purpose) filter (where b.phone_holds) as phone,
        array_agg(b.purpose) filter (where b.phone_holds and b.is_own) as phone_own,
        coalesce(bool_or(b.for_phone and b.is_current and not b.phone_holds and not b.phone_left and b.ground <> 'consent'), false) as phone_lacks_consent,
        coalesce(bool_or(b.for_phone and b.is_over), false) as phone_expired,
        coalesce(bool_or(b.for_phone and b.is_unread), false) as phone_unread
    from (
        select b.*, holds.email and not b.is_email_left as email_holds, holds.email and b.is_email_left as email_left,
            holds.phone and not b.is_phone_left as phone_holds, holds.phone and b.is_phone_left as phone_left
        from (
            select g.ground, s.electronic_marketing, s.origin,
                coalesce(cs.purpose, s.purpose_word) as purpose, coalesce(cs.purpose = s.purpose_word, true) as is_own,
                'email' = any (s.channels) as for_email, 'phone' = any (s.channels) as for_phone,
                coalesce(consent.email_consents && array[coalesce(cs.purpose, s.purpose_word), case when coalesce(cs.purpose = s.purpose_word, true) then '*' end], false) as consented_email,
                coalesce(consent.phone_consents && array[coalesce(cs.purpose, s.purpose_word), case when coalesce(cs.purpose = s.purpose_word, true) then '*' end], false) as consented_phone,
                coalesce(coalesce(cs.purpose, s.purpose_word) = any (lists.email), false) as is_email_left,
                coalesce(coalesce(cs.purpose, s.purpose_word) = any (lists.phone), false) as is_phone_left,
                cs.retention_unread as is_unread, e.is_over, not (e.is_over or cs.retention_unread) as is_current
            from core.contact_sources cs
            join core.sources s on s.name = cs.source
            cross join lateral (select coalesce(coalesce(cs.source_date, cs.landed_at)
                + make_interval(days => least(cs.retention_days, s.retention_days)) <= now(), false) as is_over) e
            cross join lateral (select core.ground_of(
                s.documentation, s.lawful_basis, s.assessment_ref, s.own_bases_pattern, cs.own_basis_words) as ground) g
            where cs.contact_id = c.id and g.ground is not null
        ) b
        cross join lateral (
            select b.for_email and b.is_current and (b.consented_email or not core.wants_prior_consent(b.ground,
                    b.electronic_marketing, b.origin, (select m.email from core.marketing_rules m where m.country = c.country),
                    c.email_is_free is false, false)) as email,
                b.for_phone and b.is_current and (b.consented_phone or not core.wants_prior_consent(b.ground,
                    b.electronic_marketing, b.origin, (select m.phone from core.marketing_rules m where m.country = coalesce(c.phone_country, c.country)),
                    false, c.phone_type is not distinct from 'landline')) as phone
        ) holds
    ) b
) basis
cross join lateral (
    -- What nobody has judged yet (just found, or changed by hand) is used by nobody.
    select c.email is not null as has_value,
        c.email_key is not null and c.email_sub_status is distinct from 'not_checked' as has_key,
        c.hard_bounce or suppressed.email_bounced as bounced
) email
cross join lateral (select c.phone is not null as has_value, c.phone_key is not null as has_key) phone;
