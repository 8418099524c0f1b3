"""Every record of a dropped file, mapped to our names; the gate that can hold a drop."""

from functools import partial

import dagster as dg

from contact_pipeline.drops.checks import PASSES_GATE
from contact_pipeline.orchestration.assets.stage import stage_asset
from contact_pipeline.orchestration.reporting import finish_drops, table_metadata
from contact_pipeline.orchestration.resources import SessionResource
from contact_pipeline.schemas.landed import LANDED_ROWS


@stage_asset(
    checks=(PASSES_GATE,),
    metadata=table_metadata(LANDED_ROWS),
    group_name="ingest",
    kinds={"csv", "postgres"},
)
def raw_contacts(context: dg.AssetExecutionContext, session: SessionResource) -> dg.MaterializeResult:
    """Lands every row of the drop's archived file, maps headers, quarantines what cannot be a contact.

    A drop with too many failed rows or a wrong structure is held: nothing of it but its opt-outs goes further until
    `contact-pipeline approve` or a corrected file.
    """
    # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
    from contact_pipeline.drops.raw_contacts import RAW_CONTACTS
    from contact_pipeline.stage.holding import finish_or_hold

    return finish_drops(context, session, partial(finish_or_hold, session.get(), RAW_CONTACTS))
