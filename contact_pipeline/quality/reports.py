"""reports: how fresh a week was and how lawful a month, for people who open no terminal.

A report is made once its period is over, and stays as it was made (ops.reports). Counts and names of rules only.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.core.alerts import (
    ERASURE_FINDINGS,
    ERASURE_UNFINISHED,
    FORBIDDEN_TOUCH,
    LISTED_WRONGLY,
    OPT_OUT_LATE,
    OPT_OUT_UNREADABLE,
    REQUEST_OVERDUE,
    RETENTION_OVERDUE,
    SOURCE_USED_WITHOUT_DOCUMENT,
)
from contact_pipeline.core.errors import UsageError
from contact_pipeline.core.kpis import KPI_OF
from contact_pipeline.core.report import StageReport
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

ReportKind = Literal["freshness", "compliance"]
FIGURES = ("data_freshness", "email_deliverability_rate", "phone_validation_rate")
DUTIES = (
    REQUEST_OVERDUE, SOURCE_USED_WITHOUT_DOCUMENT, RETENTION_OVERDUE, OPT_OUT_LATE, OPT_OUT_UNREADABLE,
    ERASURE_FINDINGS, ERASURE_UNFINISHED, LISTED_WRONGLY, FORBIDDEN_TOUCH,
)  # fmt: skip
DUTY_FIGURES = ("consent_coverage", "opt_out_processing_time", "data_retention_compliance")


@dataclass(frozen=True)
class Report:
    """html: a whole page without script, readable as a mail, too."""

    title: str
    html: str
    is_kept: bool


@dataclass(frozen=True)
class Part:
    """A table under a heading. none: what is said where it has no row."""

    title: str
    note: str
    rows: Sequence[dict[str, Any]]
    none: str


def make_due_reports(session: Session) -> StageReport:
    """Every week that was measured, and every month since the first drop, once it is over."""
    started, today = time.monotonic(), session.clock().date()
    with session.connection("reports") as connection:
        steps = Script(connection, STEPS)
        weeks = [row["period"] for row in steps.rows("weeks") if _end("freshness", row["period"]) <= today]
        first = steps.one("first_day")["day"]
    months, month = list[date](), _last_month(today)
    while first and month >= first.replace(day=1) and not _kept(session, "compliance", month):
        months.append(month)
        month = _last_month(month)
    for week in weeks:
        report(session, "freshness", week)
    for month in months:
        report(session, "compliance", month)
    return StageReport("reports", None, len(weeks) + len(months), time.monotonic() - started)


def report(session: Session, kind: ReportKind, period: date) -> Report:
    """Of the week or month that this day is in: as it was kept, else made now. Raises UsageError for one to come."""
    first = period - timedelta(days=period.weekday()) if kind == "freshness" else period.replace(day=1)
    today = session.clock().date()
    if first > today:
        raise UsageError(f"The period that begins on {first} has not begun.")
    return _kept(session, kind, first) or _made(session, kind, first, is_over=_end(kind, first) <= today)


def kept_reports(session: Session) -> list[dict[str, Any]]:
    """kind, period, title, made_at and mailed_at of each, the newest first."""
    with session.connection("reports") as connection:
        return Script(connection, STEPS).rows("all_kept")


def last_month(session: Session) -> date:
    """Its first day."""
    return _last_month(session.clock().date())


def _kept(session: Session, kind: ReportKind, first: date) -> Report | None:
    with session.connection("report") as connection:
        rows = Script(connection, STEPS).rows("kept", kind=kind, period=first)
    return Report(rows[0]["title"], rows[0]["html"], is_kept=True) if rows else None


def _made(session: Session, kind: ReportKind, first: date, *, is_over: bool) -> Report:
    end, now = _end(kind, first), session.clock()
    title = f"Freshness, week of {first}" if kind == "freshness" else f"Compliance, {first:%B %Y}"
    with session.connection("report") as connection, connection.transaction():
        steps = Script(
            connection,
            STEPS,
            first=datetime.combine(first, clock_time(), UTC),
            after=datetime.combine(end, clock_time(), UTC),
            metrics=list(FIGURES if kind == "freshness" else DUTY_FIGURES),
            rules=[rule.name for rule in DUTIES],
        )
        parts = _freshness(steps) if kind == "freshness" else _compliance(steps)
        sender = session.policy.sender.name
        html = _page().render(title=title, sender=sender, made_at=now, is_over=is_over, parts=parts)
        if is_over:
            steps.run("keep", kind=kind, period=first, title=title, html=html, now=now)
    return Report(title, html, is_kept=is_over)


def _freshness(steps: Script) -> list[Part]:
    return [
        Part("Figures", "At the end of the week, against their goals.", _figures(steps), "Nobody has measured them."),
        Part(
            "By source and layer",
            "Share of contacts whose verdict is younger than its layer's period, and the change since the week before.",
            steps.rows("freshness"),
            "Nothing was measured in that week: the asset freshness_report did not run.",
        ),
        Part("Due now", "What the next refresh looks at again.", steps.rows("due"), "There are no contacts."),
        Part(
            "What a point costs",
            "One more point of a layer's freshness, at the provider that is asked first.",
            steps.rows("points"),
            "No provider is configured: the free layers cost nothing.",
        ),
    ]


def _compliance(steps: Script) -> list[Part]:
    return [
        Part("Figures", "At the end of the month, against their goals.", _figures(steps), "Nobody has measured them."),
        Part(
            "Requests of people",
            "GDPR Art. 15-22: what they asked for, and whether it was answered in time (Art. 12(3)).",
            steps.rows("requests"),
            "Nobody asked for anything.",
        ),
        Part(
            "Opt-outs",
            "Until they held here, from the person's word; of a file, from its arrival. Bounces are nobody's word.",
            steps.rows("opt_outs"),
            "Nobody opted out.",
        ),
        Part("Erasures", "With what proves them.", steps.rows("erasures"), "Nothing was erased."),
        Part("Disclosures", "What was exported, and what for.", steps.rows("disclosures"), "Nothing was exported."),
        Part("Drops", "Lists that came in, and who stopped them.", steps.rows("drops"), "No list came in."),
        Part(
            "Sources without a document",
            "Today: their contacts cannot be used, and should not be there.",
            steps.rows("undocumented"),
            "Every source with contacts is documented.",
        ),
        Part("Alerts about duties", "Opened in the month.", _alerts(steps), "None was opened."),
        Part(
            "The history of changes",
            "`contact-pipeline audit verify` says whether it is whole.",
            steps.rows("chain"),
            "Nothing was sealed.",
        ),
    ]


def _figures(steps: Script) -> list[dict[str, Any]]:
    return [
        {
            "figure": (kpi := KPI_OF[row["metric"]]).title,
            "value": "none" if row["value"] is None else _number(row["value"], kpi.unit),
            "goal": f"{'at most' if kpi.is_at_most else 'at least'} {_number(row['goal'], kpi.unit)}",
            "": row["reason"] or ("missed" if row["distance"] < 0 else "kept"),
            "of": round(row["denominator"]),
            "measured": row["day"].isoformat(),
        }
        for row in steps.rows("kpis")
    ]


def _alerts(steps: Script) -> list[dict[str, Any]]:
    titles = {rule.name: rule.title for rule in DUTIES}
    return [{"alert": titles[row.pop("rule")]} | row for row in steps.rows("alerts")]


def _number(value: float, unit: str) -> str:
    return f"{value:.1f} days" if unit == "days" else f"{value:.1%}"


def _end(kind: ReportKind, first: date) -> date:
    """The day after."""
    return first + timedelta(days=7) if kind == "freshness" else (first + timedelta(days=32)).replace(day=1)


def _last_month(day: date) -> date:
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def _page() -> Any:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("report.html")
