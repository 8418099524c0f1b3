-- A drop's claims are taken back, or count again. `withdrawn`: what its rows have said.

-- step: create_withdrawn
create temporary table withdrawn on commit drop as
select cs.contact_id, cs.row_number from core.contact_sources cs where cs.drop_key = %(drop_key)s

-- step: index_withdrawn
create index on withdrawn (contact_id)

-- step: withdraw_sources
with gone as (delete from core.contact_sources where drop_key = %(drop_key)s returning *)
insert into core.withdrawn_sources select * from gone

-- step: withdraw_consents
select audit.withdraw_consents(%(drop_key)s)

-- step: mark
update raw.drops set rolled_back_at = %(now)s, rolled_back_by = %(rollback_id)s where key = %(drop_key)s

-- step: contacts
select distinct contact_id from withdrawn order by contact_id

-- step: said
-- Whom nobody else names keeps address and number, so that the person is found: by an erasure, or by the next list.
select w.contact_id, v.field, v.value
from withdrawn w join raw.landed_rows r on r.drop_key = %(drop_key)s and r.row_number = w.row_number
cross join lateral (values ('name', r.name), ('email', coalesce(r.email_normalized, r.email)), ('phone', r.phone),
    ('company', r.company), ('title', r.title), ('linkedin_url', r.linkedin_url), ('location', r.location)) v (field, value)
where v.value is not null and (v.field not in ('email', 'phone')
    or exists (select from core.contact_sources cs where cs.contact_id = w.contact_id))

-- step: empty_parts
-- A part that nobody else has said; what follows from the other fields follows once these are decided.
update core.contacts c set
    given_name = case when not 'given_name' = any (p.fields) then c.given_name end,
    family_name = case when not 'family_name' = any (p.fields) then c.family_name end,
    country = case when not 'country' = any (p.fields) then c.country end
from (
    select o.id, array_agg(distinct v.field) as fields
    from withdrawn w
    join core.contacts o on o.id = w.contact_id
    join raw.landed_rows r on r.drop_key = %(drop_key)s and r.row_number = w.row_number
    cross join lateral (values ('given_name', r.given_name, o.given_name), ('family_name', r.family_name, o.family_name),
        ('country', r.country, o.country)) v (field, said, value)
    where v.said = v.value and not exists (
            select from core.contact_sources cs join raw.landed_rows l on l.drop_key = cs.drop_key and l.row_number = cs.row_number
            where cs.contact_id = o.id
                and v.value = case v.field when 'given_name' then l.given_name when 'family_name' then l.family_name else l.country end)
        and not exists (select from core.profile_claims k where k.contact_id = o.id and k.field_name = v.field and k.value = v.value)
    group by o.id
) p
where c.id = p.id

-- step: follow_claims
-- What the drop stated of a contact as a whole gives way to what the best of the other rows states. Opt-outs stay.
with said as (
    select w.contact_id, array_agg(r.claims) as claims
    from withdrawn w join raw.landed_rows r on r.drop_key = %(drop_key)s and r.row_number = w.row_number
    where r.claims is not null group by w.contact_id
), best as (
    select s.contact_id, s.claims,
        (array_agg(r.claims order by x.standing desc) filter (where r.claims ? 'consent_date'))[1] as consent,
        (array_agg(r.claims order by x.standing desc) filter (where r.claims is not null))[1] as others
    from said s
    left join core.contact_sources cs on cs.contact_id = s.contact_id
    left join raw.landed_rows r on r.drop_key = cs.drop_key and r.row_number = cs.row_number
    left join core.sources o on o.name = cs.source
    left join lateral (select core.standing_of_row(cs, o) as standing) x on true
    group by s.contact_id, s.claims
)
update core.contacts c set
    consent_date = case when k.consent_date then (b.consent ->> 'consent_date')::timestamptz else c.consent_date end,
    consent_source = case when k.consent_source then b.consent ->> 'consent_source' else c.consent_source end,
    consent_ip = case when k.consent_ip then (b.consent ->> 'consent_ip')::inet else c.consent_ip end,
    legitimate_interest_basis = case when k.legitimate_interest_basis then b.others ->> 'legitimate_interest_basis' else c.legitimate_interest_basis end,
    data_source = case when k.data_source then b.others ->> 'data_source' else c.data_source end,
    source_date = case when k.source_date then (b.others ->> 'source_date')::timestamptz else c.source_date end,
    processing_purpose = case when k.processing_purpose then b.others ->> 'processing_purpose' else c.processing_purpose end,
    retention_period = case when k.retention_period then b.others ->> 'retention_period' else c.retention_period end
from best b
join core.contacts o on o.id = b.contact_id
cross join lateral (
    select bool_or((j ->> 'consent_date')::timestamptz = o.consent_date) as consent_date,
        bool_or(j ->> 'consent_source' = o.consent_source) as consent_source,
        bool_or((j ->> 'consent_ip')::inet = o.consent_ip) as consent_ip,
        bool_or(j ->> 'legitimate_interest_basis' = o.legitimate_interest_basis) as legitimate_interest_basis,
        bool_or(j ->> 'data_source' = o.data_source) as data_source,
        bool_or((j ->> 'source_date')::timestamptz = o.source_date) as source_date,
        bool_or(j ->> 'processing_purpose' = o.processing_purpose) as processing_purpose,
        bool_or(j ->> 'retention_period' = o.retention_period) as retention_period
    from unnest(b.claims) j
) k
where c.id = b.contact_id

-- step: forget_points
delete from core.contact_points p using core.contacts c
where c.id = p.contact_id and p.contact_id in (select contact_id from withdrawn)
    and exists (select from core.contact_sources cs where cs.contact_id = p.contact_id)
    and (p.drop_key = %(drop_key)s or exists (
        select from withdrawn w join raw.landed_rows r on r.drop_key = %(drop_key)s and r.row_number = w.row_number
        where w.contact_id = p.contact_id and p.value in (coalesce(r.email_normalized, r.email), r.phone)))
    and p.value is distinct from case p.kind when 'email' then c.email else c.phone end
    and not exists (
        select from core.contact_sources cs join raw.landed_rows l on l.drop_key = cs.drop_key and l.row_number = cs.row_number
        where cs.contact_id = p.contact_id and (p.value in (coalesce(l.email_normalized, l.email), l.phone)
            or p.value = any (l.more_phones)
            or exists (select from unnest(l.more_emails) m where lower(m) = lower(p.value))))
    and not exists (select from core.profile_claims k where k.contact_id = p.contact_id and k.field_name = p.kind and k.value = p.value)
    and not exists (select from core.suppressions s where s.subject_key in (p.email_key, p.phone_key)
        or s.canonical_key = core.canonical_key(p.email_key))
    and not exists (select from core.purpose_suppressions s where s.subject_key in (p.email_key, p.phone_key)
        or s.canonical_key = core.canonical_key(p.email_key))

-- step: forget_withdrawn
drop table withdrawn

-- step: bring_sources_back
with back as (delete from core.withdrawn_sources where drop_key = %(drop_key)s returning *)
insert into core.contact_sources select * from back

-- step: unmark
update raw.drops set rolled_back_at = null, rolled_back_by = null where key = %(drop_key)s

-- step: contacts_back
select distinct contact_id from core.contact_sources where drop_key = %(drop_key)s order by contact_id
