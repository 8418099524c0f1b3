"""The checks of raw_contacts."""

from contact_pipeline.core.report import CheckRule

STAGE = "raw_contacts"
PASSES_GATE = CheckRule("drop_passes_gate", "The drop was not held.")
