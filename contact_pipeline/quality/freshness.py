"""How fresh the verdicts are: which drops hold decayed ones, and the weekly report."""

import time

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.core.providers import PROFILE_LAYERS
from contact_pipeline.core.report import StageReport
from contact_pipeline.drops.landed_rows import LANDING_RULES
from contact_pipeline.drops.raw_contacts import RAW_CONTACTS
from contact_pipeline.emails.validated_emails import email_version
from contact_pipeline.people.apply import APPLY_RULES
from contact_pipeline.people.contacts import CONTACTS
from contact_pipeline.phones.normalized_phones import phone_version
from contact_pipeline.profiles.enriched_profiles import ENRICHED_PROFILES
from contact_pipeline.profiles.rules import PROFILE_RULES
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

# What each stage looks at again when its rules move. Verdicts carry their version themselves, contact by contact.
STAGE_RULES = {
    RAW_CONTACTS.name: LANDING_RULES,
    CONTACTS.name: APPLY_RULES,
    ENRICHED_PROFILES.name: PROFILE_RULES,
}


def stale_drops(session: Session, *, limit: int) -> list[str]:
    """Drops that hold decayed contacts, that a stage saw under older rules, or whose first run did not finish; longest
    waiting first."""
    asks_about_people = any(session.vendors.of(*PROFILE_LAYERS))
    with session.connection("refresh") as connection:
        steps = Script(
            connection,
            STEPS,
            now=session.clock(),
            limit=limit,
            phone_rules=phone_version(session),
            email_rules=email_version(session),
            asks_about_people=asks_about_people,
            stages=list(STAGE_RULES),
            stage_rules=list(STAGE_RULES.values()),
        )
        return [row["key"] for row in steps.rows("stale_drops")]


def report_freshness(session: Session) -> StageReport:
    """freshness_report: write down what curated.freshness says today."""
    started = time.monotonic()
    with session.connection("freshness_report") as connection:
        rows = Script(connection, STEPS, day=session.clock().date()).run("report_freshness")
    return StageReport("freshness_report", None, rows, time.monotonic() - started)
