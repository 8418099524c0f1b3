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
        ),
        dg.AssetCheckSpec(
            "enriched_profiles_answers_fit",
            asset="enriched_profiles",
            description="Every answer was about who was asked about, and nothing in it had to be left out.",
        ),
    ],
    metadata=table_metadata(ENRICHMENT_HISTORY, {"contact_id": [("contacts", "id")]}),
    group_name="enrich",
    kinds={"postgres"},
)
def enriched_profiles(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> dg.MaterializeResult:
    """Asks providers about people of whom something is missing or decayed, within the day's budget; fills what follows
    from other facts; each value with its origin. Decides permissions; publishes the drop."""
    return materialize(context, pipeline.rooms)
