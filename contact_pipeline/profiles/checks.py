"""The checks of enriched_profiles."""

from contact_pipeline.core.report import CheckRule, fits_schema

STAGE = "enriched_profiles"
FIT_SCHEMA = fits_schema(STAGE, "derived fact")
ANSWERS_FIT = CheckRule(
    f"{STAGE}_answers_fit", "Every answer was about who was asked about, and nothing in it had to be left out."
)
CHECKS = (FIT_SCHEMA, ANSWERS_FIT)
