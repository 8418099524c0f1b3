"""Verdicts about numbers."""

from functools import partial

import dagster as dg

from contact_pipeline.orchestration.assets.stage import stage_asset
from contact_pipeline.orchestration.reporting import finish_drops, table_metadata
from contact_pipeline.orchestration.resources import SessionResource
from contact_pipeline.phones.checks import CHECKS
from contact_pipeline.schemas.core import PHONE_VALIDATIONS


@stage_asset(
    deps=["contacts"],
    checks=CHECKS,
    metadata=table_metadata(PHONE_VALIDATIONS, {"phone": [("contacts", "phone")], "contact_id": [("contacts", "id")]}),
    group_name="verify",
    kinds={"python", "postgres"},
)
def normalized_phones(context: dg.AssetExecutionContext, session: SessionResource) -> dg.MaterializeResult:
    """Writes numbers that are due in E.164, with country, type and extension, or the reason why not; a configured
    look-up adds carrier and line.
    """
    # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
    from contact_pipeline.phones.normalized_phones import NORMALIZED_PHONES
    from contact_pipeline.stage.holding import finish_or_hold

    return finish_drops(context, session, partial(finish_or_hold, session.get(), NORMALIZED_PHONES))
