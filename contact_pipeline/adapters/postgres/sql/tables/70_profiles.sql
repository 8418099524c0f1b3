-- What providers say of people and companies, which of it won, and how sure we are of a person.
alter table ops.provider_calls drop constraint provider_calls_layer_check;
alter table ops.provider_calls add constraint provider_calls_layer_check check (layer in (
    'mailbox', 'activity', 'carrier', 'person', 'company', 'address', 'identity'));

-- The answers themselves: personal data, so not in the ledger of calls, which names nobody.
create table core.provider_answers (
    call_id bigint primary key references ops.provider_calls (id) on delete cascade,
    subject_key bytea not null,
    layer text not null,
    provider text not null,
    facts jsonb, -- empty: looked, and found nothing
    answered_at timestamptz not null
);
create index provider_answers_subject on core.provider_answers (subject_key, layer);

-- Which keys were asked about whom, so that what was said goes when the contact goes.
create table core.profile_questions (
    contact_id bigint not null references core.contacts (id) on delete cascade,
    subject_key bytea not null,
    primary key (contact_id, subject_key)
);
create index profile_questions_subject on core.profile_questions (subject_key);

create trigger forget_answers before delete on core.contacts for each row execute function core.forget_answers();

create table core.companies (
    domain text primary key, -- A-labels, lower case
    name text,
    industry text,
    employees integer check (employees >= 0),
    employee_range text,
    founded_year integer,
    location text,
    country text,
    linkedin_url text,
    data_source text not null,
    verified_at timestamptz not null
);

-- The latest word of each source that is no drop about a field: the winner's, and what lost.
create table core.profile_claims (
    contact_id bigint not null references core.contacts (id) on delete cascade,
    field_name text not null,
    data_source text not null, -- provider:<name> or person:<login>
    value text not null,
    confidence_score numeric(3, 2) not null check (confidence_score between 0 and 1),
    claimed_at timestamptz not null,
    primary key (contact_id, field_name, data_source)
);

create table core.identity_checks (
    contact_id bigint not null references core.contacts (id) on delete cascade,
    check_name text not null,
    verdict text not null check (verdict in ('yes', 'no', 'unknown')),
    source text,
    checked_at timestamptz,
    number integer,
    primary key (contact_id, check_name)
);

-- How many of those who say something of a field mean the value that the contact has.
create table core.field_agreement (
    contact_id bigint not null references core.contacts (id) on delete cascade,
    field_name text not null,
    sources integer not null check (sources > 0),
    agreeing integer not null check (agreeing >= 0),
    checked_at timestamptz not null,
    primary key (contact_id, field_name)
);

-- The fields that define completeness, copied from the policy at every start.
create table core.key_fields (field text primary key);

alter table core.contacts
    add column seniority text,
    add column identity_confidence numeric(3, 2) check (identity_confidence between 0 and 1),
    add column identity_verified_at timestamptz,
    add column profile_verified_at timestamptz,
    add column profile_due_at timestamptz,
    add column profile_rules text;

alter table ops.reviews
    add column field_name text,
    add column details jsonb,
    add column reason text;
create unique index reviews_of_fields on ops.reviews (contact_id, kind, field_name)
    where closed_at is null and field_name is not null;

-- What enriching cost and gave, a row for each drop that was looked at.
create table ops.enrichment_runs (
    id bigint generated always as identity primary key,
    drop_key text not null,
    run_id text,
    started_at timestamptz not null,
    contacts bigint not null,
    asked bigint not null,
    found bigint not null,
    refused bigint not null,
    cost numeric(12, 6) not null,
    completeness_before double precision,
    completeness_after double precision,
    by_provider jsonb not null default '{}',
    by_field jsonb not null default '{}'
);

create table ops.enrichment_days (
    day date primary key,
    spent numeric(14, 6) not null default 0
);

drop trigger contact_changed on core.contacts;
create trigger contact_changed before update of name, given_name, family_name, email, phone, company, company_domain,
    title, seniority, linkedin_url, location, country on core.contacts
for each row when (
    (new.version = old.version or (old.email, old.phone) is distinct from (new.email, new.phone)) and
    (old.name, old.given_name, old.family_name, old.email, old.phone, old.company, old.company_domain, old.title,
     old.seniority, old.linkedin_url, old.location, old.country)
    is distinct from
    (new.name, new.given_name, new.family_name, new.email, new.phone, new.company, new.company_domain, new.title,
     new.seniority, new.linkedin_url, new.location, new.country)
) execute function core.contact_changed();

drop trigger address_bounced on core.contacts;
create trigger address_bounced before update of hard_bounce, soft_bounce_count on core.contacts
for each row when (new.hard_bounce and not old.hard_bounce or new.soft_bounce_count > old.soft_bounce_count)
execute function core.address_bounced();
