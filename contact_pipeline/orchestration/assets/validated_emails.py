"""Verdicts about addresses."""

import dagster as dg

from contact_pipeline.orchestration.failures import RETRIES
from contact_pipeline.orchestration.partitions import drop_partitions
from contact_pipeline.orchestration.reporting import NO_VALUE, materialize, table_metadata
from contact_pipeline.orchestration.resources import PipelineResource
from contact_pipeline.schemas.core import EMAIL_VALIDATIONS


@dg.asset(
    partitions_def=drop_partitions,
    backfill_policy=dg.BackfillPolicy.single_run(),
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
    ],
    metadata=table_metadata(EMAIL_VALIDATIONS, {"email": [("contacts", "email")], "contact_id": [("contacts", "id")]}),
    group_name="verify",
    kinds={"python", "postgres"},
    owners=["team:data"],
    retry_policy=RETRIES,
    dagster_type=NO_VALUE,
)
def validated_emails(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> dg.MaterializeResult:
    """Judges the addresses that are due: syntax, then domain. A resolver that fails never makes an address invalid."""
    return materialize(context, pipeline.rooms.validate_emails)
