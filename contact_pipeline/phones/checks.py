"""The checks of normalized_phones."""

from contact_pipeline.core.report import CheckRule, fits_schema

STAGE = "normalized_phones"
FIT_SCHEMA = fits_schema(STAGE, "verdict")
WORDS_KNOWN = CheckRule(f"{STAGE}_words_known", "Providers used no word that our tables do not hold.")
CHECKS = (FIT_SCHEMA, WORDS_KNOWN)
