-- Consents, and the list of suppressions in and out.

-- step: consent
insert into core.consent_records (contact_id, consent_type, consent_date, consent_source, consent_ip, purpose, evidence,
    document_hash, notice_version, recorded_by, recorded_at)
select i, %(channel)s, %(given_at)s, %(source)s, %(ip)s, %(purpose)s, %(evidence)s, %(document_hash)s,
    %(notice_version)s, %(actor)s, %(now)s
from unnest(%(ids)s::bigint[]) i

-- step: export
select encode(subject_key, 'hex') as subject_key, channel, reason, source, acted_at, received_at, created_at,
    last_said_at, encode(canonical_key, 'hex') as canonical_key, '' as purpose
from core.suppressions
union all
select encode(subject_key, 'hex'), channel, reason, source, acted_at, received_at, created_at, last_said_at,
    encode(canonical_key, 'hex'), purpose
from core.purpose_suppressions
order by created_at, subject_key, channel, reason, source, purpose

-- step: import
-- Like any list it says so now; only an export of ours knows better. Counts what is new.
with said as (
    insert into core.suppressions (subject_key, channel, reason, source, acted_at, recorded_by, last_said_at, canonical_key)
    select distinct on (1, 2, 3, 4) decode(r.subject_key, 'hex'), r.channel, r.reason, r.source, r.acted_at, %(actor)s,
        coalesce(r.last_said_at, %(now)s), decode(r.canonical_key, 'hex')
    from jsonb_to_recordset(%(rows)s::jsonb) as r (subject_key text, canonical_key text, channel text, reason text,
        source text, acted_at timestamptz, last_said_at timestamptz, purpose text)
    where coalesce(r.purpose, '') = ''
    order by 1, 2, 3, 4, 7 desc, 5
    on conflict (subject_key, channel, reason, source) do update
    set last_said_at = greatest(core.suppressions.last_said_at, excluded.last_said_at),
        canonical_key = coalesce(core.suppressions.canonical_key, excluded.canonical_key)
    returning subject_key, channel, reason, source
)
select count(*) as new from said where not exists ( -- a statement sees the table as it was before
    select from core.suppressions k where (k.subject_key, k.channel, k.reason, k.source)
        = (said.subject_key, said.channel, said.reason, said.source))

-- step: import_lists
-- The same for rows that name the one list that was left.
insert into core.purpose_suppressions (subject_key, channel, purpose, reason, source, acted_at, recorded_by, last_said_at, canonical_key)
select distinct on (1, 2, 3, 5) decode(r.subject_key, 'hex'), r.channel, core.purpose_word(r.purpose), r.reason, r.source, r.acted_at,
    %(actor)s, coalesce(r.last_said_at, %(now)s), decode(r.canonical_key, 'hex')
from jsonb_to_recordset(%(rows)s::jsonb) as r (subject_key text, canonical_key text, channel text, reason text,
    source text, acted_at timestamptz, last_said_at timestamptz, purpose text)
where core.purpose_word(r.purpose) is not null
order by 1, 2, 3, 5, 8 desc, 6
on conflict (subject_key, channel, purpose, source) do update set last_said_at = excluded.last_said_at
where excluded.last_said_at > core.purpose_suppressions.last_said_at
