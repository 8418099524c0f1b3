"""The checks of validated_emails."""

from contact_pipeline.core.report import CheckRule, fits_schema

STAGE = "validated_emails"
FIT_SCHEMA = fits_schema(STAGE, "verdict")
FEW_INVALID = CheckRule(
    "invalid_email_share", "No larger share of the drop's addresses is invalid than [alerts] invalid_email_share."
)
WORDS_KNOWN = CheckRule(f"{STAGE}_words_known", "Providers used no word that our tables do not hold.")
SHARES_PLAUSIBLE = CheckRule(
    f"{STAGE}_shares_plausible",
    "From [alerts] answers_from answers on, each provider's shares lie in the policy's expected_shares.",
)
RESOLVERS_AGREE = CheckRule(
    f"{STAGE}_resolvers_agree", "Of a sample of many domains, both DNS resolvers said the same."
)
CHECKS = (FIT_SCHEMA, FEW_INVALID, RESOLVERS_AGREE, WORDS_KNOWN, SHARES_PLAUSIBLE)
