"""What follows from known facts; the last stage of a drop."""

from functools import partial

import dagster as dg

from contact_pipeline.orchestration.assets.stage import stage_asset
from contact_pipeline.orchestration.reporting import finish_drops, table_metadata
from contact_pipeline.orchestration.resources import SessionResource
from contact_pipeline.profiles.checks import CHECKS
from contact_pipeline.schemas.core import ENRICHMENT_HISTORY


@stage_asset(
    deps=["validated_emails", "normalized_phones"],
    checks=CHECKS,
    metadata=table_metadata(ENRICHMENT_HISTORY, {"contact_id": [("contacts", "id")]}),
    group_name="enrich",
    kinds={"postgres"},
)
def enriched_profiles(context: dg.AssetExecutionContext, session: SessionResource) -> dg.MaterializeResult:
    """Asks providers about people of whom something is missing or decayed, within the day's budget; fills what follows
    from other facts; each value with its origin. Decides permissions; publishes the drop."""
    # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
    from contact_pipeline.profiles.enriched_profiles import ENRICHED_PROFILES
    from contact_pipeline.stage.holding import finish_or_hold

    return finish_drops(context, session, partial(finish_or_hold, session.get(), ENRICHED_PROFILES))
