"""Verdicts about numbers."""

import dagster as dg

from contact_pipeline.orchestration.assets.stage import stage_asset
from contact_pipeline.orchestration.reporting import materialize, table_metadata
from contact_pipeline.orchestration.resources import PipelineResource
from contact_pipeline.schemas.core import PHONE_VALIDATIONS


@stage_asset(
    deps=["contacts"],
    check_specs=[
        dg.AssetCheckSpec(
            "normalized_phones_fit_schema",
            asset="normalized_phones",
            blocking=True,
            description="Every verdict fits its schema.",
        ),
        dg.AssetCheckSpec(
            "normalized_phones_words_known",
            asset="normalized_phones",
            description="Providers used no word that our tables do not hold.",
        ),
    ],
    metadata=table_metadata(PHONE_VALIDATIONS, {"phone": [("contacts", "phone")], "contact_id": [("contacts", "id")]}),
    group_name="verify",
    kinds={"python", "postgres"},
)
def normalized_phones(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> dg.MaterializeResult:
    """Writes numbers that are due in E.164, with country, type and extension, or the reason why not; a configured
    look-up adds carrier and line.
    """
    return materialize(context, pipeline.rooms)
