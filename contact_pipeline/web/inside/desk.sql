-- What a compliance officer reads, with the rights of the role `compliance`; who looked at whom is the program's own book.

-- step: requests
select id, reference, kind, state, received_at, due_at, days_left, is_overdue, outcome from curated.data_subject_requests
order by state <> 'open', due_at, id limit 500

-- step: request
select id, reference, kind, state, outcome from curated.data_subject_requests where id = %(id)s

-- step: figures
select metric, value, numerator, denominator, unit, detail from curated.compliance_figures

-- step: consents
select channel, state, count(*) as contacts, count(*) filter (where has_evidence) as with_evidence, max(given_at) as last_given,
    max(withdrawn_at) as last_withdrawn
from curated.consent_status group by channel, state order by channel, state

-- step: closed
select channel, reason, source, count(*) as contacts, max(effective_at) as last_one, avg(processing_days) as days_taken,
    count(reopened_at) as reopened
from curated.suppressed group by channel, reason, source order by channel, reason, source

-- step: certificate
select certificate from curated.erasures where id = %(id)s::uuid and certificate is not null

-- step: erasures
select case when certificate is not null then id end as certificate_of, request, reason, began_at, erased_at, scanned_at, findings from curated.erasures order by began_at desc limit 200

-- step: retractions
select retracted_at, retracted_by, channel, reason, because from curated.retractions order by id desc limit 200

-- step: register
select activity, source, purpose, lawful_basis, retention, recipients from curated.processing_register order by activity, source

-- step: exports
select started_at, exported_by, view_name, row_count, purposes, outcome from curated.exports order by id desc limit 200

-- step: views
select v.viewed_at, v.viewed_by, v.role, v.page, c.public_id as contact_id
from ops.page_views v left join core.contacts c on c.id = v.contact_id order by v.id desc limit 200
