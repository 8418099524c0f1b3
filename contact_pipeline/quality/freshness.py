"""How fresh the verdicts are: which drops hold decayed ones, and the weekly report."""

import time

from contact_pipeline.adapters.postgres.engine import Script
from contact_pipeline.core.providers import PROFILE_LAYERS
from contact_pipeline.core.report import StageReport
from contact_pipeline.emails.validated_emails import email_version
from contact_pipeline.phones.normalized_phones import phone_version
from contact_pipeline.stage.session import Session


def stale_drops(session: Session, *, limit: int) -> list[str]:
    """Drops that hold decayed contacts, or whose first run did not finish; longest waiting first."""
    asks_about_people = any(session.panel.of(*PROFILE_LAYERS))
    with session.connection("refresh") as connection:
        steps = Script(
            connection, "refresh", now=session.clock(), limit=limit, phone_rules=phone_version(session),
            email_rules=email_version(session), asks_about_people=asks_about_people,
        )  # fmt: skip
        return [row["key"] for row in steps.rows("stale_drops")]


def report_freshness(session: Session) -> StageReport:
    """freshness_report: write down what curated.freshness says today."""
    started = time.monotonic()
    with session.connection("freshness_report") as connection:
        rows = Script(connection, "watch", day=session.clock().date()).run("report_freshness")
    return StageReport("freshness_report", None, rows, time.monotonic() - started)
