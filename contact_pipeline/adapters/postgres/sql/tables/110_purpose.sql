-- Purpose and marketing law as parts of the permission, one canonical key beside the exact one, objections (Art. 21).

-- One spelling for a purpose, wherever it is written: `Sales Outreach` and `sales-outreach` are one.
create function core.purpose_word(written text) returns text language sql immutable parallel safe
return nullif(btrim(pg_catalog.regexp_replace(pg_catalog.lower(written), '[^[:alnum:]]+', '_', 'g'), '_'), '');

-- Words as they are compared with the interests that a policy lists: lower case, one space between them.
create function core.plain_words(written text) returns text language sql immutable parallel safe
return nullif(btrim(pg_catalog.regexp_replace(pg_catalog.lower(written), '[^[:alnum:]_./-]+', ' ', 'g')), '');

alter table core.sources
    add column electronic_marketing text not null default 'by_ground'
        check (electronic_marketing in ('by_ground', 'prior_consent', 'soft_opt_in', 'b2b', 'none')),
    add column own_bases text[] not null default '{}', -- in plain words, the source's own assessment among them
    add column own_bases_pattern text, -- matches plain words that name one of them; empty: none does
    add column purpose_word text not null generated always as (coalesce(core.purpose_word(purpose), '')) stored;

-- What marketing by e-mail and by call needs in a country that is not listed here: prior consent.
create table core.marketing_rules (
    country text primary key,
    email text not null check (email in ('opt_out', 'b2b', 'prior_consent')),
    phone text not null check (phone in ('opt_out', 'b2b', 'landline', 'prior_consent'))
);

alter table core.contact_sources
    add column purpose text, -- what the row itself says that it is for, in our spelling; empty: the source's purpose
    add column own_basis_words text; -- the interest that the row states, in plain words; whether it counts, the policy says
update core.contact_sources cs set own_basis_words = core.plain_words(r.claims ->> 'legitimate_interest_basis'),
    purpose = core.purpose_word(r.claims ->> 'processing_purpose')
from raw.landed_rows r
where r.drop_key = cs.drop_key and r.row_number = cs.row_number
    and r.claims ?| array['legitimate_interest_basis', 'processing_purpose'];
alter table core.contact_sources drop column own_basis;

-- A consent of a list is for what its row says, else for the purpose that the list had; both were known then. It gets
-- its purpose once, though consents are append-only.
alter table core.consent_records disable trigger user;
update core.consent_records c set purpose = coalesce(cs.purpose, s.purpose_word, '')
from core.contact_sources cs left join core.sources s on s.name = cs.source
where cs.drop_key = c.drop_key and cs.row_number = c.row_number and c.purpose is null;
alter table core.consent_records enable trigger user;

-- Other writings of one mailbox (sub-addresses, the dots of Gmail) have one canonical key. Only addresses whose
-- canonical writing is another one stand here; for all others it is their own key.
create table core.address_keys (
    email_key bytea primary key,
    canonical_key bytea not null
);
create index address_keys_canonical on core.address_keys (canonical_key);

alter table core.suppressions add column canonical_key bytea; -- empty: known by its exact key only
create index suppressions_canonical on core.suppressions (canonical_key) where canonical_key is not null;

alter table ops.subject_requests drop constraint subject_requests_kind_check;
alter table ops.subject_requests add constraint subject_requests_kind_check
    check (kind in ('access', 'export', 'rectify', 'restrict', 'erase', 'object'));
