"""Verdicts about addresses."""

import dagster as dg

from contact_pipeline.orchestration.assets.stage import stage_asset
from contact_pipeline.orchestration.reporting import materialize, table_metadata
from contact_pipeline.orchestration.resources import PipelineResource
from contact_pipeline.schemas.core import EMAIL_VALIDATIONS


@stage_asset(
    deps=["contacts"],
    check_specs=[
        dg.AssetCheckSpec(
            "validated_emails_fit_schema",
            asset="validated_emails",
            blocking=True,
            description="Every verdict fits its schema.",
        ),
        dg.AssetCheckSpec(
            "invalid_email_share",
            asset="validated_emails",
            description="At most 10 % of the drop's addresses are invalid.",
        ),
        dg.AssetCheckSpec(
            "validated_emails_words_known",
            asset="validated_emails",
            description="Providers used no word that our tables do not hold.",
        ),
        dg.AssetCheckSpec(
            "validated_emails_shares_plausible",
            asset="validated_emails",
            description="From 100 answers on, each provider's shares lie in the policy's expected_shares.",
        ),
    ],
    metadata=table_metadata(EMAIL_VALIDATIONS, {"email": [("contacts", "email")], "contact_id": [("contacts", "id")]}),
    group_name="verify",
    kinds={"python", "postgres"},
)
def validated_emails(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> dg.MaterializeResult:
    """Judges the addresses that are due: syntax, domain, and by the configured providers mailbox and activity.

    A resolver or provider that fails never makes an address invalid.
    """
    return materialize(context, pipeline.rooms)
