"""Columns that audit.changes does not follow, and why: whatever is audited by nobody stands here, or a test fails.

Audited is what functions/audited.sql names; what is append-only (functions/facts.sql) needs no audit, it is one.
"""

from collections.abc import Mapping

# Reason → table → its columns; *: all of them.
UNAUDITED: Mapping[str, Mapping[str, str]] = {
    "Says nothing of a person and permits nothing: counts, prices, days, states of our own work.": {
        "core.companies": "*", "ops.alert_deliveries": "*", "ops.catch_all_domains": "*", "ops.costs": "*",
        "ops.data_quality_days": "*", "ops.domains": "*", "ops.enrichment_days": "*", "ops.enrichment_runs": "*",
        "ops.esp_comparisons": "*", "ops.esp_cursors": "*", "ops.freshness_reports": "*", "ops.kpi_days": "*",
        "ops.kpi_history": "*", "ops.ledger_files": "*", "ops.permission_sync": "*", "ops.provider_balances": "*",
        "ops.provider_jobs": "*", "ops.provider_months": "*", "ops.quality_counts": "*", "ops.schema_version": "*",
        "ops.stage_runs": "*", "ops.subject_key": "*",
        "ops.alerts": "id rule severity fingerprint counts opened_at closed_at told_at told_last_at told_severity"
        " escalated_at acknowledged_at settled_at",
        "ops.provider_calls": "fault retry_at",
        "raw.quarantined_rows": "*", "audit.seal_marks": "*",
        "raw.drops": "key source sha256 sequence file_bytes archived_as kind format encoding delimiter"
        " unknown_headers ignored_headers rows_in rows_loaded rows_merged rows_quarantined blank_lines preamble_lines"
        " footer_lines repairs landed_at applied_at published_at rows_erased rewritten_at columns",
    },
    "A key, a stamp or a count of the row itself; who made and who changed a contact last is in its changes.": {
        "audit.sessions": "*",
        "core.contacts": "id public_id created_at updated_at created_by updated_by created_login updated_login version",
        "core.contact_points": "id contact_id kind drop_key created_at",
        "core.contact_sources": "contact_id drop_key row_number source record_id row_key landed_at",
        "core.policy_values": "name",
        "core.sources": "name",
        "ops.reviews": "id kind contact_id other_contact_id drop_key row_number opened_at closed_at closed_by"
        " field_name ruled_by ruled_at refusal",
    },
    "Who of our own people is signed in, or has taken on an alert; what they saw and decided is in append-only tables "
    "(ops.page_views, ops.alert_decisions).": {
        "ops.web_sessions": "*", "ops.alerts": "acknowledged_by",
    },
    "Worked out from audited columns, append-only facts or the policy, and worked out again at any time.": {
        "core.contacts": "email_key phone_key phone_e164 phone_extension phone_country phone_type can_email can_call",
        "core.contact_points": "email_key phone_key phone_e164 phone_country phone_type",
        "core.address_keys": "*", "core.field_agreement": "*", "core.processing_activities": "*",
        "core.profile_questions": "*", "core.retention_notices": "*", "core.suppressions": "canonical_key",
        "core.sources": "own_bases_pattern purpose_word",
        "raw.landed_rows": "outcome contact_id email_normalized",
    },
    "A verdict: core.email_validations, core.phone_validations, core.identity_checks, core.enrichment_history, "
    "core.outreach_history are its history, append-only.": {
        "core.contacts": "email_status email_sub_status email_verified_at email_due_at email_rules"
        " email_deliverability_score email_is_free email_typo_suggestion email_mailbox_verified_at email_last_active_at"
        " email_last_active_until email_engagement_score email_open_likelihood email_click_likelihood email_risk_score"
        " email_activity_verified_at email_closed_at email_found_status email_found_sub_status phone_carrier"
        " phone_status phone_sub_status phone_verified_at phone_due_at phone_rules phone_active phone_voip_kind"
        " phone_carrier_verified_at phone_closed_at identity_confidence identity_verified_at profile_verified_at"
        " profile_due_at profile_rules",
        "core.contact_points": "status sub_status verified_at due_at rules",
        "core.identity_checks": "*", "core.profile_claims": "*",
    },
    "People who work here, not people in the database; each row says who made and who closed it.": {
        "ops.web_users": "*",
    },
    "Copied anew from the policy file at each start; the file's own history tells who changed it.": {
        "core.key_fields": "*", "core.marketing_rules": "*", "core.refresh_periods": "*", "core.usable_verdicts": "*",
    },
    "Free words or personal details that live in the row only, so that erasure has one place to look.": {
        "ops.erasures": "scanned_at scrubbed_at findings certificate",
        "ops.reviews": "details", "raw.drops": "file_name",
        "ops.subject_requests": "reference extension_reason identity_check details outcome job_token_hash"
        " job_token_until job_token_run",
    },
    "What waits: an event, a restriction for the person's contact, a row of a drop for the drop to come back, what a "
    "sender was told last. The ledger file, core.outreach_history and the sender keep what became of it.": {
        "core.awaited_restrictions": "*", "core.withdrawn_sources": "*", "ops.esp_bases": "*",
        "ops.inbound_events": "*",
    },
}  # fmt: skip
