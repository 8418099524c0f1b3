"""Golden rows by exact identity."""

import dagster as dg

from contact_pipeline.orchestration.assets.stage import stage_asset
from contact_pipeline.orchestration.reporting import materialize, table_metadata
from contact_pipeline.orchestration.resources import PipelineResource
from contact_pipeline.schemas.core import CONTACTS

FROM_RAW = (
    "name",
    "given_name",
    "family_name",
    "email",
    "phone",
    "company",
    "title",
    "linkedin_url",
    "location",
    "country",
)


@stage_asset(
    deps=["raw_contacts"],
    check_specs=[
        dg.AssetCheckSpec(
            "rows_conserved",
            asset="contacts",
            blocking=True,
            description="rows_in = loaded + merged + quarantined + erased.",
        )
    ],
    metadata=table_metadata(CONTACTS, {name: [("raw_contacts", name)] for name in FROM_RAW}),
    group_name="ingest",
    kinds={"postgres"},
)
def contacts(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> dg.MaterializeResult:
    """Upserts one row for each person by exact identity, with provenance for every field; honours opt-outs at once."""
    return materialize(context, pipeline.rooms)
