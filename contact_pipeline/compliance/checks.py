"""The checks of compliance_views."""

from contact_pipeline.core.report import CheckRule

STAGE = "compliance_views"
LISTS_ALLOWED = CheckRule(
    "lists_hold_only_the_allowed",
    "No suppressed, withdrawn, to be deleted, expired or ungrounded contact may be contacted: over the whole table,"
    " from the facts.",
    blocking=True,
)
