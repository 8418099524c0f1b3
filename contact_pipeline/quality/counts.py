"""What the charts of the pages are drawn from: counted once, so that nobody who opens a page waits for it."""

import time

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.core.report import StageReport
from contact_pipeline.quality.resting import may_rest
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

CHARTS = ("verdicts", "phone_verdicts", "completeness", "freshness", "funnel", "losses")


def keep_quality_counts(session: Session, *, is_asked: bool = True) -> StageReport:
    """Today's counts anew; past days stay. is_asked: else today's may stay when they are new enough."""
    started, now = time.monotonic(), session.clock()
    with session.connection("quality counts") as connection, connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtext('contact_pipeline.quality_counts'))")
        fields = list(session.policy.enrichment.key_fields)
        steps = Script(connection, STEPS, today=now.date(), now=now, key_fields=fields)
        last = steps.one("last")
        if not is_asked and may_rest(last["measured_at"], (last["took_ms"] or 0) / 1000, now):
            return StageReport("quality_counts", None, 0, time.monotonic() - started, up_to_date=True)
        steps.run("forget_today", "begin", "analyze", *(f"keep_{chart}" for chart in CHARTS))
        rows = steps.run("note", took_ms=int((time.monotonic() - started) * 1000))
    return StageReport("quality_counts", None, rows, time.monotonic() - started)
