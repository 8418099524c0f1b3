-- step: status_drops
select key, source, rows_in, rows_loaded, rows_merged, rows_quarantined, rows_erased, landed_at, held_reason, published_at,
    rolled_back_by
from raw.drops order by sequence

-- step: status_totals
select (select count(*) from core.contacts where deletion_completed is null) as contacts,
    (select count(*) from core.contacts where can_email) as may_email,
    (select count(*) from core.contacts where can_call) as may_call,
    (select count(*) from core.suppressions) as suppressions,
    (select count(*) from ops.reviews where closed_at is null) as open_reviews

-- step: status_alerts
select rule, severity, fingerprint, counts, opened_at from ops.alerts where closed_at is null order by opened_at

-- step: quarantine
select drop_key, row_number, stage, reasons from raw.quarantined_rows
where %(drop_key)s::text is null or drop_key = %(drop_key)s order by drop_key, row_number limit %(limit)s

-- step: find_contact
-- One index each: with `or` every row would be read.
select c.* from core.contacts c
where c.id in (
    select id from core.contacts where public_id = %(public_id)s::uuid union select %(number)s::bigint
    union select id from core.contacts where email_key = %(email_key)s
    union select contact_id from core.contact_points where email_key = %(email_key)s)
order by c.id

-- step: contact_points
select kind, value, status, sub_status, verified_at from core.contact_points where contact_id = %(id)s order by kind, position, id

-- step: contact_origins
select drop_key, row_number, source, confidence, landed_at from core.contact_sources where contact_id = %(id)s
order by landed_at, drop_key, row_number

-- step: contact_emails
select email, layer, provider, status, sub_status, validated_at from core.email_validations
where contact_id = %(id)s order by validated_at, id

-- step: contact_phones
select phone, layer, provider, status, sub_status, line_type, validated_at from core.phone_validations
where contact_id = %(id)s order by validated_at, id

-- step: contact_history
select field_name, old_value, new_value, data_source, confidence_score, enriched_at, enriched_by
from core.enrichment_history where contact_id = %(id)s order by enriched_at, id

-- step: contact_changes
select field, old_value, new_value, changed_by, changed_at, reason from audit.changes
where contact_id = %(id)s order by changed_at, id

-- step: contact_claims
select field_name, value, data_source, confidence_score, claimed_at from core.profile_claims
where contact_id = %(id)s order by field_name, claimed_at desc, data_source

-- step: contact_identity
select check_name, verdict, source, checked_at, number from core.identity_checks where contact_id = %(id)s order by check_name

-- step: contact_consents
select consent_type, consent_date, consent_source, consent_ip, withdrawn_date from core.consent_records
where contact_id = %(id)s order by recorded_at, id

-- step: contact_suppressions
select distinct s.channel, s.reason, s.source, s.created_at from core.suppressions s
where s.subject_key in (
    select email_key from core.contacts where id = %(id)s union select phone_key from core.contacts where id = %(id)s
    union select email_key from core.contact_points where contact_id = %(id)s
    union select phone_key from core.contact_points where contact_id = %(id)s)
order by 4

-- step: contact_permission
select email_reason, phone_reason from core.contact_permissions where contact_id = %(id)s

-- step: newest_drops
select key, source, kind, rows_in, rows_loaded, rows_merged, rows_quarantined, rows_erased, landed_at, held_reason, published_at,
    rolled_back_by
from raw.drops order by sequence desc limit %(limit)s

-- step: drop
select key, source, kind, format, encoding, delimiter, rows_in, rows_loaded, rows_merged, rows_quarantined, rows_erased,
    blank_lines, preamble_lines, footer_lines, repairs, columns, landed_at, applied_at, published_at, held_reason, approved_at,
    approved_by, approved_reason, rolled_back_at, rolled_back_by
from raw.drops where key = %(key)s

-- step: stages
select stage, row_count, counts, finished_at from ops.stage_runs where drop_key = %(key)s order by finished_at

-- step: contact_bill
select c.provider, c.layer, count(*) as calls, sum(c.price)::double precision as price, max(c.settled_at) as last_at
from ops.provider_calls c
where c.fault is distinct from 'circuit_open' and c.subject_key in (
    select email_key from core.contacts where id = %(id)s union select phone_key from core.contacts where id = %(id)s
    union select email_key from core.contact_points where contact_id = %(id)s
    union select phone_key from core.contact_points where contact_id = %(id)s
    union select subject_key from core.profile_questions where contact_id = %(id)s)
group by 1, 2 order by 4 desc, 1, 2

-- step: holders
select c.public_id::text as public_id from core.contacts c
where c.deletion_completed is null and c.id in (
    select id from core.contacts where email_key = %(key)s union select id from core.contacts where phone_key = %(key)s
    union select contact_id from core.contact_points where email_key = %(key)s
    union select contact_id from core.contact_points where phone_key = %(key)s)
order by c.id

-- step: contact_values
select v.field, v.value, v.value = v.now as is_in_use, s.source, s.confidence, s.drop_key, s.row_number, s.landed_at
from core.contact_sources s
join core.contacts c on c.id = s.contact_id
join raw.landed_rows r on r.drop_key = s.drop_key and r.row_number = s.row_number
cross join lateral (values (1, 'name', r.name, c.name), (2, 'email', coalesce(r.email_normalized, r.email), c.email),
    (3, 'phone', r.phone, c.phone), (4, 'company', r.company, c.company), (5, 'title', r.title, c.title),
    (6, 'linkedin_url', r.linkedin_url, c.linkedin_url), (7, 'location', r.location, c.location)) v (place, field, value, now)
where s.contact_id = %(id)s and v.value is not null
order by v.place, v.value = v.now desc, s.landed_at, s.drop_key, s.row_number

-- step: listed
-- The next ones in the order of ids, by columns that are masked for nobody: read along the index until there are enough.
select c.public_id::text as public_id from core.contacts c cross join core.usable u
where c.public_id > %(after)s::uuid and c.deletion_completed is null
    and (%(email_status)s = '' or c.email_status = %(email_status)s) and (%(phone_status)s = '' or c.phone_status = %(phone_status)s)
    and (%(country)s = '' or c.country = %(country)s) and (%(company)s = '' or c.company = %(company)s)
    and (%(data_source)s = '' or coalesce(c.data_source, (select l.source from core.contact_latest_drop l where l.contact_id = c.id))
        = %(data_source)s)
    and exists (select from core.contact_sources cs join raw.drops d on d.key = cs.drop_key
        where cs.contact_id = c.id and d.published_at is not null)
    and case %(view)s
        when 'mailable_contacts' then c.can_email and core.is_one_of(c.email_status, c.email_sub_status, u.email)
            and (select p.email_reason = 'allowed' from core.contact_permissions p where p.contact_id = c.id)
        when 'callable_contacts' then c.can_call and core.is_one_of(c.phone_status, c.phone_sub_status, u.phone)
            and (select p.phone_reason = 'allowed' from core.contact_permissions p where p.contact_id = c.id)
        else true end
order by c.public_id limit %(limit)s
