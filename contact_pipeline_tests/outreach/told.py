"""Events as they are received, and worked off, on the bench."""

from collections.abc import Mapping
from typing import Any

from contact_pipeline.core.report import StageReport
from contact_pipeline.outreach import inbox
from contact_pipeline.outreach.events import as_text
from contact_pipeline.outreach.inlets.registry import inlets
from contact_pipeline.outreach.working_off import work_off
from contact_pipeline_tests.lab.lab import KEY, Lab


def receive(lab: Lab, provider: str, *events: Mapping[str, Any]) -> None:
    """Verified and stored, not worked off; at the bench's time."""
    received = inlets(lab.session.policy)[provider].split(as_text(list(events)).encode(), {})
    with lab.session.connection("test") as connection:
        inbox.store(connection, inbox.as_rows(provider, received, KEY))
    lab.do("update ops.inbound_events set received_at = %s where applied_at is null", lab.now)


def tell(lab: Lab, provider: str, *events: Mapping[str, Any]) -> StageReport:
    """Received and worked off."""
    receive(lab, provider, *events)
    return work_off(lab.session, looks=True)


def bounced(email: str, kind: str = "hard", **more: Any) -> dict[str, Any]:
    """In the form of `/webhooks/email-bounce`."""
    return {"email": email, "bounce_type": kind, **more}


def happened(what: str, email: str, message: str = "m1", **more: Any) -> dict[str, Any]:
    """In the form of `/events`."""
    return {"type": f"message.{what}", "data": {"email": email, "message_id": message, **more}}


def outcomes(lab: Lab) -> list[str]:
    """Of all events, in their order."""
    return [outcome for (outcome,) in lab.rows("select outcome from ops.inbound_events order by id")]
