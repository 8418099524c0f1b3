"""What the bounces say of us: the rate of the last week and month, and whether verdicts keep the policy's promise."""

from contact_pipeline.adapters.postgres.alerts import Alerts
from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.core.alerts import BOUNCE_RATE, DELIVERY_REFUSED, VERDICTS_BROKEN
from contact_pipeline.core.report import Check
from contact_pipeline.outreach.checks import BOUNCES_FEW, VERDICTS_HOLD
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)


def look_at_bounces(session: Session, connection: Connection) -> tuple[Check, ...]:
    """Opens and closes the alerts, and returns what the asset's checks say. Too few messages say nothing."""
    steps, alerts, policy = Script(connection, STEPS, now=session.clock()), Alerts(connection), session.policy.bounces
    rates = steps.rows("rates", fewest=session.policy.alerts.answers_from)
    bad = [row for row in rates if row["rate"] is not None and row["rate"] > policy.alert_share]
    for row in rates:
        counts = {"messages": row["messages"], "bounces": row["bounces"], "days": row["days"]}
        alerts.set_alert(BOUNCE_RATE, f"{row['days']} days", is_on=row in bad, counts=counts)
    broken = steps.one("broken_promises", fewest=session.policy.alerts.answers_from, promise=policy.valid_bounce_share)
    alerts.set_alert(VERDICTS_BROKEN, "valid", is_on=broken["providers"] > 0, counts=broken)
    for row in steps.rows("refusals_over"):
        alerts.close_alert(DELIVERY_REFUSED, row["subject"])
    return (BOUNCES_FEW.held(not bad), VERDICTS_HOLD.held(not broken["providers"]))
