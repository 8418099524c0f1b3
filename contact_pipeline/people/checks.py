"""The checks of contacts."""

from contact_pipeline.core.report import CheckRule

STAGE = "contacts"
ROWS_CONSERVED = CheckRule("rows_conserved", "rows_in = loaded + merged + quarantined + erased.", blocking=True)
