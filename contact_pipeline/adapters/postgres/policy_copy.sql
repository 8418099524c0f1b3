-- The policy's copy, for views and rules to read (schemas/policy_copy.py).

-- step: upsert_source
insert into core.sources (
    name, documentation, lawful_basis, assessment_ref, purpose, retention_days, channels, trust, origin, default_region,
    electronic_marketing, own_bases)
values (
    %(name)s, %(documentation)s, %(lawful_basis)s, %(assessment_ref)s, %(purpose)s, %(retention_days)s, %(channels)s,
    %(trust)s, %(origin)s, %(default_region)s, %(electronic_marketing)s,
    array(select core.plain_words(w) from unnest(%(own_bases)s::text[]) w))
on conflict (name) do update set
    documentation = excluded.documentation, lawful_basis = excluded.lawful_basis,
    assessment_ref = excluded.assessment_ref, purpose = excluded.purpose, retention_days = excluded.retention_days,
    channels = excluded.channels, trust = excluded.trust, origin = excluded.origin,
    default_region = excluded.default_region, electronic_marketing = excluded.electronic_marketing,
    own_bases = excluded.own_bases

-- step: write_patterns
-- Whole words; of what plain_words leaves only the full stop means something in a pattern.
update core.sources set own_bases_pattern = (
    select '(^| )(' || string_agg(replace(w, '.', '\.'), '|') || ')( |$)' from unnest(own_bases) w)

-- step: decide_for_nobody
-- Nobody is there to decide about: the first drop's stages decide for its own contacts.
update ops.permission_sync set policy = %(policy)s, decided_on = (now() at time zone 'utc')::date, is_asked = false
where decided_on is null and not exists (select from core.contacts)

-- step: set_values
insert into core.policy_values (name, value) select * from unnest(%(names)s::text[], %(values)s::integer[])
on conflict (name) do update set value = excluded.value
