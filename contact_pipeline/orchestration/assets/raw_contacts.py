"""Every record of a dropped file, mapped to our names; the gate that can hold a drop."""

import dagster as dg

from contact_pipeline.orchestration.assets.stage import stage_asset
from contact_pipeline.orchestration.reporting import materialize, table_metadata
from contact_pipeline.orchestration.resources import PipelineResource
from contact_pipeline.schemas.landed import LANDED_ROWS


@stage_asset(
    check_specs=[dg.AssetCheckSpec("drop_passes_gate", asset="raw_contacts", description="The drop was not held.")],
    metadata=table_metadata(LANDED_ROWS),
    group_name="ingest",
    kinds={"csv", "postgres"},
)
def raw_contacts(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> dg.MaterializeResult:
    """Lands every row of the drop's archived file, maps headers, quarantines what cannot be a contact.

    A drop with too many failed rows or a wrong structure is held: nothing of it but its opt-outs goes further until
    `contact-pipeline approve` or a corrected file.
    """
    return materialize(context, pipeline.rooms)
