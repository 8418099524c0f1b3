-- What analysts read. Names of columns do not change with the role; personal values are masked unless the reader is a
-- member of pii_reader. Rows are visible once a drop that brought the contact is published. An erased contact is none:
-- its empty row stays in core, so that history keeps its reference.
create schema if not exists curated;

create or replace function core.may_see_personal() returns boolean language sql stable
begin atomic
    select exists (select from pg_roles where rolname = 'pii_reader' and pg_has_role(current_user, oid, 'USAGE'));
end;

-- Values of the audit, proofs, and what our people wrote about requests.
create or replace function core.may_see_audit() returns boolean language sql stable
begin atomic
    select exists (select from pg_roles where rolname = 'compliance' and pg_has_role(current_user, oid, 'USAGE'));
end;

-- The drop a contact belongs to for refresh and for display: the latest one that named it.
create or replace view core.contact_latest_drop as
select distinct on (cs.contact_id) cs.contact_id, cs.drop_key, cs.source
from core.contact_sources cs
order by cs.contact_id, cs.landed_at desc, cs.drop_key desc, cs.row_number desc;

-- Which verdicts may be used, copied from the policy at every start: `status` or `status/sub_status`.
create table if not exists core.usable_verdicts (
    channel text not null check (channel in ('email', 'phone')),
    verdict text not null,
    primary key (channel, verdict)
);

-- One row, so that a query reads the few verdicts once and not for each contact.
create or replace view core.usable as
select array(select verdict from core.usable_verdicts where channel = 'email') as email,
    array(select verdict from core.usable_verdicts where channel = 'phone') as phone;

create or replace function core.is_one_of(status text, sub_status text, verdicts text[]) returns boolean
language sql immutable parallel safe
begin atomic
    select status = any (verdicts) or status || '/' || sub_status = any (verdicts);
end;

-- Everybody a published drop has named, by our own number; the flags are those that the stages wrote down.
create or replace view core.published_contacts as
select c.id, c.public_id as contact_id,
    case when p.visible then c.name else left(c.name, 1) || '…' end as name,
    case when p.visible then c.given_name else left(c.given_name, 1) || '…' end as given_name,
    case when p.visible then c.family_name else left(c.family_name, 1) || '…' end as family_name,
    case when p.visible then c.email
        else left(c.email, 1) || '…@' || left(substring(c.email from '@([^@]*)$'), 1) || '…' end as email,
    c.email_status, c.email_sub_status,
    case when p.visible then c.phone_e164 else left(c.phone_e164, 3) || '…' || right(c.phone_e164, 2) end as phone_e164,
    c.phone_status, c.phone_sub_status, c.phone_type, c.phone_country,
    c.company, c.company_domain, c.title,
    case when p.visible then c.linkedin_url
        when c.linkedin_url is not null then 'https://www.linkedin.com/in/…' end as linkedin_url,
    c.location, c.country, c.can_email, c.can_call,
    coalesce(c.data_source, (select l.source from core.contact_latest_drop l where l.contact_id = c.id)) as data_source,
    c.consent_date, c.consent_source,
    case when p.visible then host(c.consent_ip) when c.consent_ip is not null then '…' end as consent_ip,
    -- A subquery, not a join: counting rows does not pay for it.
    (select cs.drop_key from core.contact_sources cs join raw.drops r on r.key = cs.drop_key
        where cs.contact_id = c.id and r.published_at is not null
        order by cs.landed_at desc, cs.drop_key desc, cs.row_number desc limit 1) as drop_key,
    c.updated_at
from core.contacts c
cross join (select core.may_see_personal() as visible offset 0) p
where c.deletion_completed is null and exists (select from core.contact_sources cs join raw.drops r on r.key = cs.drop_key
    where cs.contact_id = c.id and r.published_at is not null);

-- A flag is what the stages last wrote down, and only a first sieve: whoever reads asks the rule. So what was put in or
-- changed by hand, and a ground whose time is over, is seen at once, whatever a flag says.
create or replace view curated.contacts as
select c.contact_id, c.name, c.given_name, c.family_name, c.email, c.email_status, c.email_sub_status, c.phone_e164,
    c.phone_status, c.phone_sub_status, c.phone_type, c.phone_country, c.company, c.company_domain, c.title, c.linkedin_url,
    c.location, c.country,
    c.can_email and (select p.email_reason = 'allowed' from core.contact_permissions p where p.contact_id = c.id) as can_email,
    c.can_call and (select p.phone_reason = 'allowed' from core.contact_permissions p where p.contact_id = c.id) as can_call,
    c.data_source, c.consent_date, c.consent_source, c.consent_ip, c.drop_key, c.updated_at
from core.published_contacts c;

create or replace view curated.mailable_contacts as
select c.contact_id, c.name, c.given_name, c.family_name, c.email, c.email_status, c.email_sub_status, c.phone_e164,
    c.phone_status, c.phone_sub_status, c.phone_type, c.phone_country, c.company, c.company_domain, c.title, c.linkedin_url,
    c.location, c.country, c.can_email,
    c.can_call and (select p.phone_reason = 'allowed' from core.contact_permissions p where p.contact_id = c.id) as can_call,
    c.data_source, c.consent_date, c.consent_source, c.consent_ip, c.drop_key, c.updated_at,
    array(select distinct w from unnest(p.email_purposes) w where w <> '' order by w) as purposes
from core.published_contacts c
cross join core.usable u
-- One contact after the other (offset 0): whoever asks for one does not wait for the rule about everybody.
cross join lateral (select r.email_reason, r.email_purposes from core.contact_permissions r where r.contact_id = c.id offset 0) p
where c.can_email and p.email_reason = 'allowed' and core.is_one_of(c.email_status, c.email_sub_status, u.email);

create or replace view curated.callable_contacts as
select c.contact_id, c.name, c.given_name, c.family_name, c.email, c.email_status, c.email_sub_status, c.phone_e164,
    c.phone_status, c.phone_sub_status, c.phone_type, c.phone_country, c.company, c.company_domain, c.title, c.linkedin_url,
    c.location, c.country,
    c.can_email and (select p.email_reason = 'allowed' from core.contact_permissions p where p.contact_id = c.id) as can_email,
    c.can_call, c.data_source, c.consent_date, c.consent_source, c.consent_ip, c.drop_key, c.updated_at,
    array(select distinct w from unnest(p.phone_purposes) w where w <> '' order by w) as purposes
from core.published_contacts c
cross join core.usable u
cross join lateral (select r.phone_reason, r.phone_purposes from core.contact_permissions r where r.contact_id = c.id offset 0) p
where c.can_call and p.phone_reason = 'allowed' and core.is_one_of(c.phone_status, c.phone_sub_status, u.phone);

-- For outlets: who may be contacted for one purpose, also where a row names another purpose than its source.
create or replace view curated.contact_purposes as
select c.contact_id, k.channel, k.purpose
from core.published_contacts c
cross join core.usable u
cross join lateral (select r.email_purposes, r.phone_purposes from core.contact_permissions r where r.contact_id = c.id offset 0) p
cross join lateral (
    select 'email' as channel, w.purpose from (select distinct unnest(p.email_purposes) as purpose) w
    where core.is_one_of(c.email_status, c.email_sub_status, u.email)
    union all
    select 'phone', w.purpose from (select distinct unnest(p.phone_purposes) as purpose) w
    where core.is_one_of(c.phone_status, c.phone_sub_status, u.phone)
) k
where k.purpose <> '';

create or replace function curated.mailable_for(purpose text) returns setof curated.contacts language sql stable
begin atomic
    select c.* from curated.contacts c join curated.contact_purposes k on k.contact_id = c.contact_id
    where k.channel = 'email' and k.purpose = core.purpose_word($1);
end;

create or replace function curated.callable_for(purpose text) returns setof curated.contacts language sql stable
begin atomic
    select c.* from curated.contacts c join curated.contact_purposes k on k.contact_id = c.contact_id
    where k.channel = 'phone' and k.purpose = core.purpose_word($1);
end;

create or replace view curated.contactability as
select c.public_id as contact_id, k.channel, k.reason = 'allowed' as allowed, k.reason
from core.contact_permissions p
join core.contacts c on c.id = p.contact_id
cross join lateral (values ('email', p.email_reason), ('phone', p.phone_reason)) k (channel, reason)
where c.deletion_completed is null and exists (select from core.contact_sources cs join raw.drops d on d.key = cs.drop_key
    where cs.contact_id = c.id and d.published_at is not null);

create or replace view curated.quarantine as
select q.drop_key, d.source, q.row_number, q.stage, q.reasons, q.created_at
from raw.quarantined_rows q join raw.drops d on d.key = q.drop_key;

-- Fresh: judged within the layer's period, whatever date a retry waits for; an address that bounced is not (no date).
create or replace view curated.freshness as
select l.source, layer.layer,
    count(*) as contacts,
    count(*) filter (where layer.verified_at is null) as never_answered,
    count(*) filter (where layer.due_at is null or layer.due_at <= now()) as due,
    (count(*) filter (where layer.due_at is not null
        and layer.verified_at + core.jittered(period.refresh_days, layer.key) > now()))::double precision / count(*) as fresh_share,
    min(layer.verified_at) as oldest_verified_at,
    max(layer.verified_at) as newest_verified_at
from core.contacts c
join core.contact_latest_drop l on l.contact_id = c.id
join raw.drops d on d.key = l.drop_key and d.published_at is not null
left join core.companies k on k.domain = c.company_domain
cross join lateral (values
    ('email', c.email, c.email_key, c.email_verified_at, c.email_due_at),
    ('phone', c.phone, c.phone_key, c.phone_verified_at, c.phone_due_at),
    ('mailbox', c.email, c.email_key, c.email_mailbox_verified_at, c.email_due_at),
    ('activity', c.email, c.email_key, c.email_activity_verified_at, c.email_due_at),
    ('carrier', c.phone_e164, c.phone_key, c.phone_carrier_verified_at, c.phone_due_at),
    -- Of people and companies, as far as somebody was or is to be asked about them.
    ('person', coalesce(c.profile_due_at, c.profile_verified_at)::text, uuid_send(c.public_id), c.profile_verified_at, c.profile_due_at),
    ('identity', case when coalesce(c.profile_due_at, c.profile_verified_at) is not null then c.linkedin_url end, uuid_send(c.public_id), c.identity_verified_at, c.profile_due_at),
    ('company', case when coalesce(c.profile_due_at, c.profile_verified_at) is not null then c.company_domain end, uuid_send(c.public_id), k.verified_at,
        k.verified_at + make_interval(days => (select refresh_days from core.refresh_periods where layer = 'company')))
) layer (layer, value, key, verified_at, due_at)
join core.refresh_periods period on period.layer = layer.layer
where layer.value is not null
group by l.source, layer.layer;

-- Every rate carries what it is a share of, and how much of that nobody knows. Unknown never counts as valid.
create or replace function core.filled(c core.contacts, fields text[]) returns integer
language sql immutable parallel safe
begin atomic
    select num_nonnulls(
        case when 'name' = any (fields) then c.name end, case when 'email' = any (fields) then c.email end,
        case when 'phone' = any (fields) then c.phone end, case when 'company' = any (fields) then c.company end,
        case when 'title' = any (fields) then c.title end, case when 'linkedin_url' = any (fields) then c.linkedin_url end,
        case when 'location' = any (fields) then c.location end);
end;

create or replace view core.data_quality_by_drop as
select l.drop_key,
    count(*) filter (where c.email is not null) as emails,
    count(*) filter (where c.email_status = 'valid') as emails_valid,
    count(*) filter (where c.email is not null and c.email_status = 'unknown') as emails_unknown,
    count(*) filter (where c.email_verified_at > now() - interval '90 days') as emails_fresh,
    count(*) filter (where c.email is not null and c.email_verified_at is null) as emails_never_verified,
    count(*) filter (where c.phone is not null) as phones,
    count(*) filter (where c.phone_status = 'valid') as phones_valid,
    count(*) filter (where c.phone is not null and c.phone_status = 'unknown') as phones_unknown,
    count(*) filter (where u.is_mailable) as mailable,
    count(*) filter (where u.is_mailable and c.email_status = 'valid') as mailable_valid,
    count(*) filter (where u.is_mailable and c.email_status = 'unknown') as mailable_unknown,
    count(*) * cardinality(k.fields) as key_fields,
    sum(core.filled(c, k.fields)) as key_fields_filled
from core.contacts c
join core.contact_latest_drop l on l.contact_id = c.id
join raw.drops d on d.key = l.drop_key and d.published_at is not null
cross join core.usable v
cross join (select array(select field from core.key_fields) as fields) k
cross join lateral (
    select c.can_email and coalesce(core.is_one_of(c.email_status, c.email_sub_status, v.email), false) as is_mailable) u
where c.deletion_completed is null
group by l.drop_key, k.fields;

create or replace view curated.data_quality as
select m.scope, m.drop_key, m.day,
    m.emails_valid::double precision / nullif(m.emails, 0) as email_deliverability_rate,
    m.emails_valid as email_deliverability_numerator,
    m.emails as email_deliverability_denominator,
    m.emails_unknown::double precision / nullif(m.emails, 0) as email_deliverability_unknown_share,
    m.phones_valid::double precision / nullif(m.phones, 0) as phone_validation_rate,
    m.phones_valid as phone_validation_numerator,
    m.phones as phone_validation_denominator,
    m.phones_unknown::double precision / nullif(m.phones, 0) as phone_validation_unknown_share,
    m.key_fields_filled::double precision / nullif(m.key_fields, 0) as enrichment_completeness,
    m.key_fields_filled as enrichment_completeness_numerator,
    m.key_fields as enrichment_completeness_denominator,
    0::double precision as enrichment_completeness_unknown_share,
    m.emails_fresh::double precision / nullif(m.emails, 0) as data_freshness,
    m.emails_fresh as data_freshness_numerator,
    m.emails as data_freshness_denominator,
    m.emails_never_verified::double precision / nullif(m.emails, 0) as data_freshness_unknown_share,
    m.mailable_valid::double precision / nullif(m.mailable, 0) as mailable_valid_rate,
    m.mailable_valid as mailable_valid_numerator,
    m.mailable as mailable_valid_denominator,
    m.mailable_unknown::double precision / nullif(m.mailable, 0) as mailable_valid_unknown_share,
    0.95::double precision as mailable_valid_goal
from (
    select 'drop' as scope, q.drop_key, d.landed_at::date as day, q.emails, q.emails_valid, q.emails_unknown,
        q.emails_fresh, q.emails_never_verified, q.phones, q.phones_valid, q.phones_unknown, q.key_fields,
        q.key_fields_filled::bigint, q.mailable, q.mailable_valid, q.mailable_unknown
    from core.data_quality_by_drop q join raw.drops d on d.key = q.drop_key
    union all
    select 'day', null, y.day, f.emails, f.emails_valid, f.emails_unknown, f.emails_fresh, f.emails_never_verified,
        f.phones, f.phones_valid, f.phones_unknown, f.key_fields, f.key_fields_filled, f.mailable, f.mailable_valid,
        f.mailable_unknown
    from ops.data_quality_days y
    cross join lateral jsonb_to_record(y.figures) as f (emails bigint, emails_valid bigint, emails_unknown bigint,
        emails_fresh bigint, emails_never_verified bigint, phones bigint, phones_valid bigint, phones_unknown bigint,
        key_fields bigint, key_fields_filled bigint, mailable bigint, mailable_valid bigint, mailable_unknown bigint)
) m;
