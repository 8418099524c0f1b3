"""Every record of a dropped file, mapped to our names; the gate that can hold a drop."""

import dagster as dg

from contact_pipeline.orchestration.failures import RETRIES
from contact_pipeline.orchestration.partitions import drop_partitions
from contact_pipeline.orchestration.reporting import NO_VALUE, materialize, table_metadata
from contact_pipeline.orchestration.resources import PipelineResource
from contact_pipeline.schemas.landed import LANDED_ROWS


@dg.asset(
    partitions_def=drop_partitions,
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[dg.AssetCheckSpec("drop_passes_gate", asset="raw_contacts", description="The drop was not held.")],
    metadata=table_metadata(LANDED_ROWS),
    group_name="ingest",
    kinds={"csv", "postgres"},
    owners=["team:data"],
    retry_policy=RETRIES,
    dagster_type=NO_VALUE,
)
def raw_contacts(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> dg.MaterializeResult:
    """Lands every row of the drop's archived file, maps headers, quarantines what cannot be a contact.

    A drop with too many failed rows or a wrong structure is held: nothing of it but its opt-outs goes further until
    `contact-pipeline approve` or a corrected file.
    """
    return materialize(context, pipeline.rooms.land)
