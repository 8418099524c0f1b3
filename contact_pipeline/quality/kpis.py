"""kpis: the figures of core/kpis.py as they stand today, and of days that nobody measured what facts still tell."""

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import Any

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.core.kpis import KPI_OF, KPIS, Scope
from contact_pipeline.core.report import StageReport
from contact_pipeline.quality.resting import may_rest
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

EVENTS = ("count_messages", "count_opt_outs", "count_calls")


def measure_kpis(session: Session, *, is_asked: bool = True) -> StageReport:
    """Write today's figures anew and those of missed days once. Past days are never rewritten.

    is_asked: else today may stay as it is when it was measured a short while ago (resting.py).
    """
    started, now = time.monotonic(), session.clock()
    with session.connection("kpis") as connection, connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtext('contact_pipeline.kpis'))")  # two write one day
        today, goals = now.date(), session.policy.goals
        steps = Script(
            connection,
            STEPS,
            now=now,
            today=today,
            high_confidence=goals.high_confidence,
            metrics=[kpi.name for kpi in KPIS],
            goals=[goals.of(kpi) for kpi in KPIS],
            at_most=[kpi.is_at_most for kpi in KPIS],
            shares=[kpi.unit == "share" for kpi in KPIS],
            least_steps=[kpi.least_step for kpi in KPIS],
            nothings=[kpi.nothing for kpi in KPIS],
        )
        if not is_asked and any(
            may_rest(look["measured_at"], look["seconds"], now) for look in steps.rows("last_look")
        ):
            return StageReport("kpis", None, 0, time.monotonic() - started, up_to_date=True)
        missed = [row["day"] for row in steps.rows("days_without")]
        steps.run("begin")
        steps.run("count_contacts")
        for day in (*missed, today):
            until = min(now, datetime.combine(day + timedelta(days=1), clock_time(), UTC))
            steps.run(*EVENTS, day=day, until=until)
        steps.run("remember_contacts", days=missed)
        steps.run("add_missing")
        rows = steps.run("keep")
        steps.run("forget_today")
        steps.run("note_days", days=[*missed, today], seconds=time.monotonic() - started)
        figures = {row["metric"]: row["value"] for row in _rows(steps, today, ("all",)) if row["value"] is not None}
    return StageReport(
        "kpis", None, rows, time.monotonic() - started, {"days": len(missed) + 1, "figures": rows}, figures=figures
    )


def kpis(session: Session, *, day: date | None = None, kinds: Sequence[Scope] = ("all",)) -> list[dict[str, Any]]:
    """The figures of a day (today: measured if nobody has), a row for each KPI and scope: title, unit and is_at_most of
    core/kpis.py beside the columns of curated.kpis. Empty: nothing was measured on that day."""
    today = session.clock().date()
    wanted = day or today
    with session.connection("kpis") as connection:
        is_measured = Script(connection, STEPS, today=wanted).rows("last_look")
    if wanted == today and not is_measured:
        measure_kpis(session)
    with session.connection("kpis") as connection:
        rows = _rows(Script(connection, STEPS, metrics=[kpi.name for kpi in KPIS]), wanted, kinds)
    return [
        row | {"title": kpi.title, "unit": kpi.unit, "is_at_most": kpi.is_at_most}
        for row in rows
        if (kpi := KPI_OF.get(row["metric"]))
    ]


def _rows(steps: Script, day: date, kinds: Sequence[Scope]) -> list[dict[str, Any]]:
    return steps.rows("kpis", day=day, kinds=list(kinds))
