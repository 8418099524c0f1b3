"""The checks of what is looked at by schedule."""

from contact_pipeline.core.report import CheckRule

BALANCES_AGREE = CheckRule("provider_balances_agree", "No more credits are gone than our calls explain.")
