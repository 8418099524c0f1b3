"""Golden rows by exact identity."""

import dagster as dg

from contact_pipeline.orchestration.failures import RETRIES
from contact_pipeline.orchestration.partitions import drop_partitions
from contact_pipeline.orchestration.reporting import NO_VALUE, materialize, table_metadata
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


@dg.asset(
    partitions_def=drop_partitions,
    backfill_policy=dg.BackfillPolicy.single_run(),
    deps=["raw_contacts"],
    check_specs=[
        dg.AssetCheckSpec(
            "rows_conserved", asset="contacts", blocking=True, description="rows_in = loaded + merged + quarantined."
        )
    ],
    metadata=table_metadata(CONTACTS, {name: [("raw_contacts", name)] for name in FROM_RAW}),
    group_name="ingest",
    kinds={"postgres"},
    owners=["team:data"],
    retry_policy=RETRIES,
    dagster_type=NO_VALUE,
)
def contacts(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> dg.MaterializeResult:
    """Upserts one row for each person by exact identity, with provenance for every field; honours opt-outs at once."""
    return materialize(context, pipeline.rooms.apply)
