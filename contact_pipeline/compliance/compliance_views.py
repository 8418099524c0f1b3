"""compliance_views: permissions that changed without a drop, the day's figures, alerts about duties."""

import time

from contact_pipeline.adapters.postgres.alerts import Alerts
from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.compliance.checks import LISTS_ALLOWED, STAGE
from contact_pipeline.compliance.graph import Graph
from contact_pipeline.compliance.register import processing_activities
from contact_pipeline.compliance.watch import watch_compliance, write_register
from contact_pipeline.core.alerts import LISTED_WRONGLY
from contact_pipeline.core.report import StageReport
from contact_pipeline.stage.contacts_lock import lock_contacts
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)


def sync_permissions(session: Session, graph: Graph | None = None) -> StageReport:
    """Decide anew what the day, the policy or a withdrawal has changed; repair a flag that was set by hand.

    graph: of the assets; with it the record of processing is brought up to date.
    """
    started = time.monotonic()
    with session.connection(STAGE) as connection, connection.transaction():
        steps = Script(connection, STEPS, day=session.clock().date(), policy=session.policy.fingerprint())
        lock_contacts(connection)
        is_decided = steps.one("is_decided")["is_decided"]
        changed = 0 if is_decided else steps.run("note_decision", "sync_permissions")
        counts = steps.one("count_permissions")
        steps.run("measure_day")
        wrong = {fault: rows for fault, rows in steps.one("listed_wrongly").items() if rows}
        if wrong:  # a flag that was set by hand; the lists ask the rule, so nobody was on one because of it
            changed += steps.run("sync_permissions")
        alerts = Alerts(connection)
        alerts.set_alert(LISTED_WRONGLY, "permissions", is_on=bool(wrong), counts=wrong)
        counts = counts | {"changed": changed}
        if graph:
            activities = processing_activities(session.policy, session.vendors.recipients, graph)
            counts["register"] = write_register(connection, activities)
        figures = watch_compliance(connection)
        seconds, checks = time.monotonic() - started, (LISTS_ALLOWED.held(not wrong, wrong),)
        return StageReport(STAGE, None, counts["contacts"], seconds, counts, checks, figures=figures)
