"""What follows from known facts; the last stage of a drop."""

import dagster as dg

from contact_pipeline.orchestration.assets.stage import stage_asset
from contact_pipeline.orchestration.reporting import materialize, table_metadata
from contact_pipeline.orchestration.resources import PipelineResource
from contact_pipeline.schemas.core import ENRICHMENT_HISTORY


@stage_asset(
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
)
def enriched_profiles(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> dg.MaterializeResult:
    """Fills empty fields that follow from others, each with its origin; decides permissions; publishes the drop."""
    return materialize(context, pipeline.rooms.enrich)
