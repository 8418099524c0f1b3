"""After the permissions are decided: the figures of compliance, the alerts that follow from them, and the record of
processing."""

from collections.abc import Sequence
from dataclasses import asdict

from contact_pipeline.adapters.postgres.alerts import Alerts
from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.compliance.register import Activity
from contact_pipeline.core.alerts import (
    ERASURE_FINDINGS,
    OPT_OUT_LATE,
    REQUEST_OVERDUE,
    RETENTION_OVERDUE,
    SOURCE_USED_WITHOUT_DOCUMENT,
)

STEPS = beside(__file__)

EVERYWHERE = "all"  # these alerts are about the whole database


def watch_compliance(connection: Connection) -> dict[str, float]:
    """Opens and closes alerts; returns the figures of curated.compliance_figures that could be measured.

    Alerts hold counts only.
    """
    steps, alerts = Script(connection, STEPS), Alerts(connection)
    rows = {row["metric"]: row for row in steps.rows("figures")}
    figures: dict[str, float] = {name: row["value"] for name, row in rows.items() if row["value"] is not None}
    kept = rows["data_retention_compliance"]
    late = steps.one("late_opt_outs")
    for rule, what, count in (
        (REQUEST_OVERDUE, "requests", figures["requests_overdue"]),
        (SOURCE_USED_WITHOUT_DOCUMENT, "sources", figures["undocumented_sources_in_use"]),
        (RETENTION_OVERDUE, "contacts", kept["denominator"] - kept["numerator"]),
        (ERASURE_FINDINGS, "erasures", figures["erasures_with_findings"]),
    ):
        alerts.set_alert(rule, EVERYWHERE, is_on=count > 0, counts={what: round(count)})
    alerts.set_alert(
        OPT_OUT_LATE,
        EVERYWHERE,
        is_on=late["over_2_days"] > 0 or late["over_10_business_days"] > 0,
        counts=late,
        is_grave=late["over_10_business_days"] > 0,
    )
    return figures


def write_register(connection: Connection, activities: Sequence[Activity]) -> int:
    """Replace the record of processing when it says something else; returns how many rows were written."""
    steps = Script(connection, STEPS)
    rows = [asdict(activity) for activity in sorted(activities, key=lambda activity: activity.activity)]
    stored = sorted(steps.rows("register"), key=lambda row: str(row["activity"]))  # the database may sort otherwise
    if stored == rows:
        return 0
    steps.run("forget_register")
    return sum(steps.run("write_register", **row) for row in rows)
