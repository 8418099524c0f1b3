-- One drop into core.contacts, in one transaction, one drop at a time (advisory lock): two drops over the same people
-- give what one after the other gives. Temporary tables hold the drop's rows that are not applied yet.

-- step: create_incoming
create temporary table incoming (
    row_number bigint, email_normalized text, email_key bytea, row_key bytea, record_id text, profile_url text,
    identity_key bytea -- email_key, but for an address that several people of one source bear
) on commit drop

-- step: create_points
create temporary table incoming_points (
    row_number bigint, kind text, value text, email_key bytea, position integer
) on commit drop

-- step: create_restrictions
create temporary table incoming_restrictions (
    row_number bigint, channel text, reason text, subject_key bytea, canonical_key bytea
) on commit drop

-- step: forget_incoming
drop table if exists incoming, incoming_points, incoming_restrictions, resolved, placed, merged, golden, touched

-- step: index_incoming
analyze incoming

-- step: create_resolved
-- What the rule of identity (docs/drops.md) gives when rows are read one after the other, said for all rows at once: a key belongs to
-- the contact that had it before, else to that of the first row that bears it. So a row takes the contact, or follows the
-- first bearer, of its best key that is known at its turn; it leads when it knows none.
create temporary table resolved on commit drop as
with known_record as (
    select i.record_id, min(cs.contact_id) as contact_id
    from incoming i join core.contact_sources cs on cs.source = %(source)s and cs.record_id = i.record_id
    group by i.record_id
), known_email as (
    -- position 0: an address that was the contact's first one once, or lost against it. It is still that person's.
    select email_key, min(contact_id) as contact_id from (
        select i.email_key, c.id as contact_id from incoming i join core.contacts c on c.email_key = i.identity_key
        union all
        select i.email_key, p.contact_id
        from incoming i join core.contact_points p on p.email_key = i.identity_key and p.position = 0
    ) k group by email_key
), known_profile as (
    select i.profile_url, min(c.id) as contact_id
    from incoming i join core.contacts c on c.linkedin_url = i.profile_url
    group by i.profile_url
), known_row as (
    select i.row_key, min(cs.contact_id) as contact_id
    from incoming i join core.contact_sources cs on cs.source = %(source)s and cs.row_key = i.row_key
    group by i.row_key
), keyed as (
    select i.*, r.contact_id as by_record, e.contact_id as by_email, p.contact_id as by_profile, w.contact_id as by_row,
        case when i.record_id is not null then min(i.row_number) over (partition by i.record_id) end as record_first,
        case when i.identity_key is not null then min(i.row_number) over (partition by i.identity_key) end as email_first,
        case when i.profile_url is not null then min(i.row_number) over (partition by i.profile_url) end as profile_first,
        case when i.row_key is not null then min(i.row_number) over (partition by i.row_key) end as row_first
    from incoming i
    left join known_record r on r.record_id = i.record_id
    left join known_email e on e.email_key = i.identity_key
    left join known_profile p on p.profile_url = i.profile_url
    left join known_row w on w.row_key = i.row_key
)
select row_number, email_normalized, email_key, row_key, record_id, by_email, email_first,
    case
        when by_record is not null then by_record
        when record_first < row_number then null
        when by_email is not null then by_email
        when email_first < row_number then null
        when by_profile is not null then by_profile
        when profile_first < row_number then null
        else by_row
    end as contact_id,
    case
        when by_record is not null then row_number
        when record_first < row_number then record_first
        when by_email is not null then row_number
        when email_first < row_number then email_first
        when by_profile is not null then row_number
        when profile_first < row_number then profile_first
        when by_row is not null then row_number
        else coalesce(row_first, row_number)
    end as parent
from keyed

-- step: follow
-- Pointer jumping: each round halves the way to the leading row. Run until it changes nothing.
update resolved i set parent = p.parent
from resolved p where i.parent <> i.row_number and p.row_number = i.parent and p.parent <> p.row_number

-- step: create_placed
-- Every row with its contact. Ids are drawn in row order: a rerun after a crash gives the same people in the same order.
create temporary table placed on commit drop as
with leaders as materialized (
    select o.row_number, o.contact_id is null as is_new, coalesce(o.contact_id, nextval('core.contacts_id_seq')) as contact_id
    from (select row_number, contact_id from resolved where parent = row_number order by row_number) o
)
select r.row_number, l.contact_id, l.is_new and r.parent = r.row_number as is_new, r.record_id, r.row_key,
    r.email_normalized, r.email_key, r.by_email, r.email_first
from resolved r join leaders l on l.row_number = r.parent

-- step: analyze_placed
analyze placed

-- step: insert_leaders
insert into core.contacts (
    id, name, given_name, family_name, email, email_key, phone, company, title, linkedin_url, location, country,
    consent_date, consent_source, consent_ip, legitimate_interest_basis, data_source, source_date, processing_purpose,
    retention_period, opt_out_date, deletion_requested, email_opt_out_date, email_opt_out_reason, suppression_list,
    suppress_email, suppress_email_reason, suppress_phone, email_closed_at, phone_closed_at, created_by, updated_by
) overriding system value
select i.contact_id, r.name, r.given_name, r.family_name, coalesce(i.email_normalized, r.email), i.email_key, r.phone,
    r.company, r.title, r.linkedin_url, r.location, r.country,
    (r.claims ->> 'consent_date')::timestamptz, r.claims ->> 'consent_source', (r.claims ->> 'consent_ip')::inet,
    r.claims ->> 'legitimate_interest_basis', coalesce(r.claims ->> 'data_source', %(source)s),
    (r.claims ->> 'source_date')::timestamptz, r.claims ->> 'processing_purpose', r.claims ->> 'retention_period',
    (r.claims ->> 'opt_out_date')::timestamptz, coalesce('email:deletion_requested' = any (r.restrictions), false),
    (r.claims ->> 'email_opt_out_date')::timestamptz, r.claims ->> 'email_opt_out_reason',
    r.claims ->> 'suppression_list', r.restrictions is not null and core.restricts(r.restrictions, 'email'),
    case when r.restrictions is not null and core.restricts(r.restrictions, 'email') then 'opt_out' end,
    r.restrictions is not null and core.restricts(r.restrictions, 'phone'),
    case when core.restricts(r.restrictions, 'email') then coalesce(
        greatest((r.claims ->> 'email_opt_out_date')::timestamptz, (r.claims ->> 'opt_out_date')::timestamptz),
        %(landed_at)s::timestamptz) end,
    case when core.restricts(r.restrictions, 'phone') then coalesce(
        (r.claims ->> 'opt_out_date')::timestamptz, %(landed_at)s::timestamptz) end,
    w.actor, w.actor -- asked once; the columns' defaults would ask for each row
from placed i join raw.landed_rows r on r.drop_key = %(drop_key)s and r.row_number = i.row_number
cross join (select coalesce(audit.actor(), session_user) as actor offset 0) w
where i.is_new
order by i.contact_id

-- step: insert_reviews
-- The row's id and its e-mail name two contacts: the id's contact has it, a person looks at the rest.
insert into ops.reviews (kind, contact_id, other_contact_id, drop_key, row_number)
select 'identity_conflict', i.contact_id, other.contact_id, %(drop_key)s, i.row_number
from placed i
left join placed e on e.row_number = i.email_first
cross join lateral (select coalesce(i.by_email, e.contact_id) as contact_id) other
where i.record_id is not null and other.contact_id <> i.contact_id
on conflict do nothing

-- step: insert_basis_reviews
-- An interest that the policy does not list gives no ground; one question for each wording of the drop. Words of refusal
-- have restricted the row already, and ask nothing.
insert into ops.reviews (kind, contact_id, drop_key, row_number, details)
select distinct on (w.words) 'unknown_basis', i.contact_id, %(drop_key)s, i.row_number,
    jsonb_build_object('words', w.words, 'rows', count(*) over (partition by w.words))
from placed i join raw.landed_rows r on r.drop_key = %(drop_key)s and r.row_number = i.row_number
cross join lateral (select core.plain_words(r.claims ->> 'legitimate_interest_basis') as words) w
left join core.sources s on s.name = %(source)s
where w.words is not null and not coalesce(r.restrictions, '{}') @> array['email:objection']
    and not exists (select from unnest(s.own_bases) o (words) where strpos(' ' || w.words || ' ', ' ' || o.words || ' ') > 0)
order by w.words, i.row_number on conflict do nothing

-- step: insert_sources
insert into core.contact_sources (
    contact_id, drop_key, row_number, source, record_id, row_key, confidence, purpose, own_basis_words, source_date,
    retention_days, retention_unread, landed_at)
select i.contact_id, r.drop_key, i.row_number, %(source)s, i.record_id, i.row_key, coalesce(r.confidence, %(trust)s),
    core.purpose_word(r.claims ->> 'processing_purpose'), core.plain_words(r.claims ->> 'legitimate_interest_basis'),
    (r.claims ->> 'source_date')::timestamptz, core.stated_retention_days(r.claims, %(landed_at)s),
    core.is_retention_unread(r.claims), %(landed_at)s
from placed i join raw.landed_rows r on r.drop_key = %(drop_key)s and r.row_number = i.row_number

-- step: record_outcomes
update raw.landed_rows r set contact_id = i.contact_id, email_normalized = i.email_normalized,
    outcome = case when i.is_new then 'loaded' else 'merged' end
from placed i where r.drop_key = %(drop_key)s and r.row_number = i.row_number

-- step: create_merged
-- Contacts that several rows speak of, this drop among them: their fields are decided anew from all claims.
create temporary table merged on commit drop as
select distinct contact_id from placed where not is_new

-- step: index_merged
create index on placed (contact_id)

-- step: analyze_merged
analyze merged

-- step: create_golden
-- For each field the claim that stands highest (functions/standing.sql): what somebody of ours corrected or confirmed,
-- then the most trusted source, then the most recent word. Restrictions are never voted away.
create temporary table golden on commit drop as
with said as (
    select m.contact_id as id, core.standing_of_row(cs, s) as standing, core.heard(u.silenced, 'name', d.dated, r.name) as name,
        core.heard(u.silenced, 'phone', d.dated, r.phone) as phone,
        core.heard(u.silenced, 'company', d.dated, r.company) as company, core.heard(u.silenced, 'title', d.dated, r.title) as title,
        core.heard(u.silenced, 'linkedin_url', d.dated, r.linkedin_url) as linkedin_url,
        core.heard(u.silenced, 'location', d.dated, r.location) as location, r.claims, r.restrictions, cs.landed_at,
        -- An address that bounced does not come back because a list still has it.
        case when not exists (select from core.contact_points q where q.contact_id = m.contact_id and q.kind = 'email'
            and q.value = coalesce(r.email_normalized, r.email) and core.has_bounced(q.email_key))
            then core.heard(u.silenced, 'email', d.dated, coalesce(r.email_normalized, r.email)) end as email
    from merged m
    cross join lateral (select core.silenced(m.contact_id) as silenced offset 0) u
    join core.contact_sources cs on cs.contact_id = m.contact_id
    cross join lateral (select least(cs.source_date, cs.landed_at) as dated) d
    join raw.landed_rows r on r.drop_key = cs.drop_key and r.row_number = cs.row_number
    left join core.sources s on s.name = cs.source
    union all
    select k.contact_id, core.standing_of_word(k), f.name, f.phone, f.company, f.title, f.linkedin_url, f.location,
        null, null, null, f.email
    from merged m
    join core.profile_claims k on k.contact_id = m.contact_id and k.data_source like 'person:%%'
        and core.is_heard(k.contact_id, k.field_name, k.data_source, k.claimed_at)
    cross join lateral jsonb_to_record(jsonb_build_object(k.field_name, k.value)) f (
        name text, email text, phone text, company text, title text, linkedin_url text, location text)
)
select id,
    (array_agg(name order by standing desc) filter (where name is not null))[1] as name,
    (array_agg(email order by standing desc) filter (where email is not null))[1] as email,
    (array_agg(phone order by standing desc) filter (where phone is not null))[1] as phone,
    (array_agg(company order by standing desc) filter (where company is not null))[1] as company,
    (array_agg(title order by standing desc) filter (where title is not null))[1] as title,
    (array_agg(linkedin_url order by standing desc) filter (where linkedin_url is not null))[1] as linkedin_url,
    (array_agg(location order by standing desc) filter (where location is not null))[1] as location,
    (array_agg(claims order by standing desc) filter (where claims ? 'consent_date'))[1] as consent,
    (array_agg(claims order by standing desc) filter (where claims is not null))[1] as claims,
    min((claims ->> 'opt_out_date')::timestamptz) as opt_out_date,
    min((claims ->> 'email_opt_out_date')::timestamptz) as email_opt_out_date,
    min(claims ->> 'email_opt_out_reason') as email_opt_out_reason,
    min(claims ->> 'suppression_list') as suppression_list,
    coalesce(bool_or('email:deletion_requested' = any (restrictions)), false) as deletion_requested,
    bool_or(core.restricts(restrictions, 'email')) as suppress_email,
    bool_or(core.restricts(restrictions, 'phone')) as suppress_phone,
    -- When it was last said. A row without a date of its own says it on landing, however old the list calls itself.
    max(coalesce(
        greatest((claims ->> 'email_opt_out_date')::timestamptz, (claims ->> 'opt_out_date')::timestamptz), landed_at
    )) filter (where core.restricts(restrictions, 'email')) as email_closed_at,
    max(coalesce((claims ->> 'opt_out_date')::timestamptz, landed_at))
        filter (where core.restricts(restrictions, 'phone')) as phone_closed_at
from said group by id

-- step: index_golden
alter table golden add primary key (id)

-- step: analyze_golden
analyze golden

-- step: insert_history
-- Who said it: the winning claim, which is an older source's when the policy's trust has changed since.
insert into core.enrichment_history (contact_id, field_name, old_value, new_value, data_source, confidence_score, enriched_by)
select c.id, v.field, v.old_value, v.new_value, said.source, said.confidence, 'contacts'
from golden g
join core.contacts c on c.id = g.id
cross join lateral (values ('name', c.name, g.name), ('email', c.email, g.email), ('phone', c.phone, g.phone),
    ('company', c.company, g.company), ('title', c.title, g.title), ('linkedin_url', c.linkedin_url, g.linkedin_url),
    ('location', c.location, g.location)) v (field, old_value, new_value)
cross join lateral (
    select cs.source, cs.confidence
    from core.contact_sources cs
    join raw.landed_rows r on r.drop_key = cs.drop_key and r.row_number = cs.row_number
    left join core.sources s on s.name = cs.source
    where cs.contact_id = c.id and v.new_value = case v.field
        when 'name' then r.name when 'email' then coalesce(r.email_normalized, r.email) when 'phone' then r.phone
        when 'company' then r.company when 'title' then r.title when 'linkedin_url' then r.linkedin_url
        else r.location end
    order by core.standing_of_row(cs, s) desc limit 1
) said
where v.new_value is not null and v.old_value is distinct from v.new_value

-- step: keep_replaced_points
-- A primary address or number that gives way stays known as a further one.
insert into core.contact_points (contact_id, kind, value, position, drop_key, email_key)
select c.id, v.kind, v.old_value, 0, %(drop_key)s, v.email_key
from golden g join core.contacts c on c.id = g.id
cross join lateral (values ('email', c.email, g.email, c.email_key), ('phone', c.phone, g.phone, null::bytea))
    v (kind, old_value, new_value, email_key)
where v.old_value <> v.new_value
on conflict (contact_id, kind, value) do nothing

-- step: forget_confirmations
-- What was found of the old values confirms nothing of the new ones (contact_changed() does this for a change by hand).
delete from core.identity_checks i using golden g, core.contacts o
where i.contact_id = g.id and o.id = g.id and (coalesce(g.name, o.name), coalesce(g.email, o.email), coalesce(g.title, o.title), coalesce(g.company, o.company))
        is distinct from (o.name, o.email, o.title, o.company)

-- step: update_merged
update core.contacts c set
    name = coalesce(g.name, c.name), email = coalesce(g.email, c.email),
    email_key = case when g.email is not null and g.email is distinct from c.email then k.email_key else c.email_key end,
    phone = coalesce(g.phone, c.phone), company = coalesce(g.company, c.company), title = coalesce(g.title, c.title),
    linkedin_url = coalesce(g.linkedin_url, c.linkedin_url), location = coalesce(g.location, c.location),
    consent_date = coalesce((g.consent ->> 'consent_date')::timestamptz, c.consent_date),
    consent_source = coalesce(g.consent ->> 'consent_source', c.consent_source),
    consent_ip = coalesce((g.consent ->> 'consent_ip')::inet, c.consent_ip),
    legitimate_interest_basis = coalesce(g.claims ->> 'legitimate_interest_basis', c.legitimate_interest_basis),
    data_source = coalesce(g.claims ->> 'data_source', c.data_source),
    source_date = coalesce((g.claims ->> 'source_date')::timestamptz, c.source_date),
    processing_purpose = coalesce(g.claims ->> 'processing_purpose', c.processing_purpose),
    retention_period = coalesce(g.claims ->> 'retention_period', c.retention_period),
    opt_out_date = coalesce(g.opt_out_date, c.opt_out_date),
    email_opt_out_date = coalesce(g.email_opt_out_date, c.email_opt_out_date),
    email_opt_out_reason = coalesce(g.email_opt_out_reason, c.email_opt_out_reason),
    suppression_list = coalesce(g.suppression_list, c.suppression_list),
    deletion_requested = c.deletion_requested or g.deletion_requested,
    suppress_email = c.suppress_email or g.suppress_email,
    suppress_email_reason = case when g.suppress_email then 'opt_out' else c.suppress_email_reason end,
    suppress_phone = c.suppress_phone or g.suppress_phone,
    -- A flag without its time was set by hand: it keeps none, so that nothing reopens it.
    email_closed_at = case when not (core.has_left(c) and c.email_closed_at is null)
        then greatest(c.email_closed_at, g.email_closed_at) end,
    phone_closed_at = case when not (c.suppress_phone and c.phone_closed_at is null)
        then greatest(c.phone_closed_at, g.phone_closed_at) end,
    -- At once, as in forbid_at_once. An opt-out that was known before has been weighed against the person's consent.
    can_email = c.can_email and not (g.deletion_requested
        or g.suppress_email and (core.has_left(c) and g.email_closed_at <= c.email_closed_at) is not true),
    can_call = c.can_call and not (g.deletion_requested
        or g.suppress_phone and (c.suppress_phone and g.phone_closed_at <= c.phone_closed_at) is not true),
    identity_confidence = case when not g.is_another then c.identity_confidence end,
    identity_verified_at = case when not g.is_another then c.identity_verified_at end,
    profile_due_at = null, -- what a list says now is weighed against what providers said, in this very run
    -- The books, as contact_changed() keeps them for a change by hand.
    version = c.version + g.is_changed::integer,
    updated_at = case when g.is_changed then now() else c.updated_at end,
    updated_by = case when g.is_changed then w.actor else c.updated_by end,
    updated_login = case when g.is_changed then session_user else c.updated_login end
from (
    select g.*, (coalesce(g.name, o.name), coalesce(g.email, o.email), coalesce(g.phone, o.phone),
            coalesce(g.company, o.company), coalesce(g.title, o.title), coalesce(g.linkedin_url, o.linkedin_url),
            coalesce(g.location, o.location))
        is distinct from (o.name, o.email, o.phone, o.company, o.title, o.linkedin_url, o.location) as is_changed,
        (coalesce(g.name, o.name), coalesce(g.email, o.email), coalesce(g.title, o.title), coalesce(g.company, o.company))
            is distinct from (o.name, o.email, o.title, o.company) as is_another
    from golden g join core.contacts o on o.id = g.id
) g
cross join (select coalesce(audit.actor(), session_user) as actor offset 0) w
left join (
    select distinct on (i.contact_id, i.email_normalized) i.contact_id, i.email_normalized, i.email_key
    from placed i join merged m on m.contact_id = i.contact_id
    order by i.contact_id, i.email_normalized, i.row_number
) k on k.contact_id = g.id and k.email_normalized = g.email
where c.id = g.id and (
    g.is_changed
    or g.claims is not null
    or (g.deletion_requested, g.suppress_email, g.suppress_phone)
        is distinct from (c.deletion_requested, core.has_left(c), c.suppress_phone)
    or g.email_closed_at > c.email_closed_at or g.phone_closed_at > c.phone_closed_at)

-- step: next_merged
-- What follows from the new values follows by chunks (parts.sql).
select array_agg(contact_id order by contact_id) as ids, max(contact_id) as last from (
    select contact_id from merged where contact_id > %(after)s order by contact_id limit %(limit)s) chunk

-- step: insert_points
insert into core.contact_points (contact_id, kind, value, position, drop_key, email_key)
select i.contact_id, p.kind, p.value, min(p.position), %(drop_key)s,
    (array_agg(p.email_key))[1] -- the value decides the key; PostgreSQL before 18 has no min(bytea)
from incoming_points p
join placed i on i.row_number = p.row_number
join core.contacts c on c.id = i.contact_id
where p.value is distinct from case p.kind when 'email' then c.email else c.phone end
group by i.contact_id, p.kind, p.value
on conflict (contact_id, kind, value) do nothing

-- step: insert_losing_points
-- The primary value of a merged row that did not win is a further one of the contact.
insert into core.contact_points (contact_id, kind, value, position, drop_key, email_key)
select distinct on (i.contact_id, v.kind, v.value) i.contact_id, v.kind, v.value, 0, %(drop_key)s, v.email_key
from placed i
join merged m on m.contact_id = i.contact_id
join raw.landed_rows r on r.drop_key = %(drop_key)s and r.row_number = i.row_number
join core.contacts c on c.id = i.contact_id
cross join lateral (values ('email', coalesce(i.email_normalized, r.email), c.email, i.email_key),
    ('phone', r.phone, c.phone, null)) v (kind, value, winner, email_key)
where v.value is distinct from v.winner and v.value is not null
order by i.contact_id, v.kind, v.value, i.row_number
on conflict (contact_id, kind, value) do nothing

-- step: insert_consents
insert into core.consent_records (
    contact_id, consent_type, consent_date, consent_source, consent_ip, withdrawn_date, purpose, drop_key, row_number)
select i.contact_id, coalesce(r.claims ->> 'consent_type', 'any'), (r.claims ->> 'consent_date')::timestamptz,
    r.claims ->> 'consent_source', (r.claims ->> 'consent_ip')::inet,
    (r.claims ->> 'consent_withdrawn_date')::timestamptz,
    -- For what its row says, else for what its source is for: the purpose that the person was told.
    coalesce(core.purpose_word(r.claims ->> 'processing_purpose'), s.purpose_word, ''), r.drop_key, r.row_number
from placed i join raw.landed_rows r on r.drop_key = %(drop_key)s and r.row_number = i.row_number
left join core.sources s on s.name = %(source)s
where r.claims ?| array['consent_date', 'consent_withdrawn_date']
on conflict do nothing

-- step: analyze_core
-- A bulk load changes what the planner knows; autovacuum would notice a minute later, after the next stages have run.
analyze core.contacts, core.contact_sources, core.contact_points

-- step: count_outcomes
select count(*) as rows_in,
    count(*) filter (where outcome = 'loaded') as loaded,
    count(*) filter (where outcome = 'merged') as merged,
    count(*) filter (where outcome = 'quarantined') as quarantined,
    count(*) filter (where outcome = 'erased') as erased
from raw.landed_rows where drop_key = %(drop_key)s

-- step: close_drop
update raw.drops set rows_loaded = %(loaded)s, rows_merged = %(merged)s, rows_quarantined = %(quarantined)s,
    rows_erased = %(erased)s, rows_in = %(rows_in)s, applied_at = coalesce(applied_at, clock_timestamp())
where key = %(drop_key)s
