"""What came back: events that the web edge has stored, for whoever runs without it, and what they say of us; and the
senders outside, kept in step with our lists."""

import dagster as dg

from contact_pipeline.orchestration.assets.stage import check_specs
from contact_pipeline.orchestration.failures import RETRIES, value_free
from contact_pipeline.orchestration.reporting import NO_VALUE, reported, table_metadata
from contact_pipeline.orchestration.resources import SessionResource
from contact_pipeline.outreach.checks import BOUNCES_FEW, VERDICTS_HOLD
from contact_pipeline.schemas.esp import ESP_BASES
from contact_pipeline.schemas.outreach import INBOUND_EVENTS

GROUP = "outreach"


@dg.asset(
    deps=["contacts"],
    check_specs=check_specs("inbound_events", [BOUNCES_FEW, VERDICTS_HOLD]),
    metadata=table_metadata(INBOUND_EVENTS, {"subject_key": [("contacts", "email_key")]}),
    group_name=GROUP,
    kinds={"postgres"},
    owners=["team:data"],
    retry_policy=RETRIES,
    dagster_type=NO_VALUE,
)
def inbound_events(session: SessionResource) -> dg.MaterializeResult:
    """Bounces, opt-outs and engagement that senders reported, worked off: each event once, whatever their order."""
    # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
    from contact_pipeline.outreach.dropped import work_off_all

    with value_free():
        return reported(session, work_off_all(session.get(), looks=True))


class SyncConfig(dg.Config):
    """pushes: else only what was closed there is read. compares: with the whole of their lists."""

    pushes: bool = True
    compares: bool = False


@dg.asset(
    deps=["compliance_views", "inbound_events"],
    metadata=table_metadata(ESP_BASES, {"email_key": [("contacts", "email_key")]}),
    group_name=GROUP,
    kinds={"python", "postgres"},
    owners=["team:data"],
    retry_policy=RETRIES,
    dagster_type=NO_VALUE,
)
def esp_sync(config: SyncConfig, session: SessionResource) -> dg.MaterializeResult:
    """E-mail service providers in step: who is closed there is closed here, who may be written to is there."""
    # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
    from contact_pipeline.esp.syncing import sync_senders

    with value_free():
        return reported(session, sync_senders(session.get(), pushes=config.pushes, compares=config.compares))
