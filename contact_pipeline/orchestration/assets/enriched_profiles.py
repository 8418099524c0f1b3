"""What follows from known facts; the last stage of a drop."""

import dagster as dg

from contact_pipeline.orchestration.failures import RETRIES
from contact_pipeline.orchestration.partitions import drop_partitions
from contact_pipeline.orchestration.reporting import NO_VALUE, materialize, table_metadata
from contact_pipeline.orchestration.resources import PipelineResource
from contact_pipeline.schemas.core import ENRICHMENT_HISTORY


@dg.asset(
    partitions_def=drop_partitions,
    backfill_policy=dg.BackfillPolicy.single_run(),
    deps=["validated_emails", "normalized_phones"],
    check_specs=[
        dg.AssetCheckSpec(
            "enriched_profiles_fit_schema",
            asset="enriched_profiles",
            blocking=True,
            description="Every derived fact fits its schema.",
        )
    ],
    metadata=table_metadata(ENRICHMENT_HISTORY, {"contact_id": [("contacts", "id")]}),
    group_name="enrich",
    kinds={"postgres"},
    owners=["team:data"],
    retry_policy=RETRIES,
    dagster_type=NO_VALUE,
)
def enriched_profiles(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> dg.MaterializeResult:
    """Fills empty fields that follow from others, each with its origin; decides permissions; publishes the drop."""
    return materialize(context, pipeline.rooms.enrich)
