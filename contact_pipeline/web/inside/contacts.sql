-- Of curated only: what of it is in clear, the role of the reader decides.

-- step: by_ids
select contact_id, name, email, email_status, phone_e164, phone_status, company, country, data_source, can_email, can_call
from curated.contacts where contact_id = any (%(ids)s::uuid[]) order by contact_id

-- step: contact
select * from curated.contacts where contact_id = %(id)s

-- step: permissions
select channel, allowed, reason from curated.contactability where contact_id = %(id)s order by channel

-- step: consents
select channel, state, given_at, withdrawn_at, source, purpose, notice_version, has_evidence
from curated.consent_status where contact_id = %(id)s order by channel

-- step: touches
select sent_at, channel, direction, campaign, source, delivered_at, opened_at, replied_at, bounced_at, bounce_type
from curated.outreach_history where contact_id = %(id)s order by coalesce(sent_at, recorded_at) desc limit 200

-- step: reviews
select id, kind, field_name, opened_at, closed_at, decision from curated.reviews where contact_id = %(id)s order by id desc limit 50

-- step: identity
select identity_confidence, agreement_share, profile_exists, name_matches, title_matches, company_matches, active_90_days, email_seen
from curated.identity_confirmation where contact_id = %(id)s

-- step: changes
select changed_at, changed_by, field, source, reason, old_value, new_value
from curated.audit_trail where contact_id = %(id)s order by id desc limit 500
