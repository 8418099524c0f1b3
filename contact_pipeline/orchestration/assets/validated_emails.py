"""Verdicts about addresses."""

from functools import partial

import dagster as dg

from contact_pipeline.emails.checks import CHECKS
from contact_pipeline.orchestration.assets.stage import stage_asset
from contact_pipeline.orchestration.reporting import finish_drops, table_metadata
from contact_pipeline.orchestration.resources import SessionResource
from contact_pipeline.schemas.core import EMAIL_VALIDATIONS


@stage_asset(
    deps=["contacts"],
    checks=CHECKS,
    metadata=table_metadata(EMAIL_VALIDATIONS, {"email": [("contacts", "email")], "contact_id": [("contacts", "id")]}),
    group_name="verify",
    kinds={"python", "postgres"},
)
def validated_emails(context: dg.AssetExecutionContext, session: SessionResource) -> dg.MaterializeResult:
    """Judges the addresses that are due: syntax, domain, and by the configured providers mailbox and activity.

    A resolver or provider that fails never makes an address invalid.
    """
    # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
    from contact_pipeline.emails.validated_emails import VALIDATED_EMAILS
    from contact_pipeline.stage.holding import finish_or_hold

    return finish_drops(context, session, partial(finish_or_hold, session.get(), VALIDATED_EMAILS))
