"""`/`: is the contact base healthy, lawful, fresh, and what does it cost. Every figure is one that was kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.alerting.deciding import open_alerts
from contact_pipeline.core.alerts import what_to_do
from contact_pipeline.core.kpis import KPIS, Kpi
from contact_pipeline.quality import looking
from contact_pipeline.web.inside import charts
from contact_pipeline.web.inside.asked import Asked
from contact_pipeline.web.inside.tables import Column, Table

STEPS = beside(__file__)

DAYS = 90
LAST_DROPS = 6
# The four questions of the page, and which figures answer each.
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "Healthy": (
        "email_deliverability_rate",
        "mailable_deliverability_rate",
        "phone_validation_rate",
        "enrichment_completeness",
        "high_confidence_share",
        "duplicate_rate",
    ),
    "Lawful": ("consent_coverage", "data_retention_compliance", "opt_out_processing_time"),
    "Fresh": ("data_freshness",),
    "In use": ("bounce_rate", "response_rate", "enrichment_api_uptime"),
}


@dataclass(frozen=True)
class Tile:
    """One figure. row: of curated.kpis; None: nobody measured it yet."""

    kpi: Kpi
    row: Mapping[str, Any] | None
    points: charts.Points

    @property
    def value(self) -> float | None:
        """None: there is none, and `reason` says why."""
        return self.row["value"] if self.row else None

    @property
    def reason(self) -> str:
        """Why there is no figure."""
        return (self.row or {}).get("reason") or "Not measured yet: `contact-pipeline kpis` does it now."

    @property
    def state(self) -> str:
        """good, bad, or none."""
        if self.row is None or self.value is None:
            return "none"
        return "bad" if (self.row["distance"] or 0) < 0 else "good"

    @property
    def text(self) -> str:
        """The figure."""
        return self.in_words(self.value)

    def in_words(self, value: float | None) -> str:
        """A figure of this kind."""
        if value is None:
            return "–"
        return f"{value:.1%}" if self.kpi.unit == "share" else f"{value:,.1f} days"

    @property
    def change(self) -> str:
        """Of 30 days, in words; empty: nobody knows."""
        if self.row is None or self.row["change_30d"] is None:
            return ""
        change = self.row["change_30d"]
        return f"{change * 100:+.1f} pts in 30 days" if self.kpi.unit == "share" else f"{change:+.1f} d in 30 days"

    @property
    def spark(self) -> Markup:
        """The last weeks; where there is but one day, the figure beside its goal."""
        if self.row is None or self.value is None:
            return Markup("")
        goal = self.row["goal"]
        trend = charts.sparkline(self.points, title=f"{self.kpi.title}, last {DAYS} days", goal=goal)
        most = 1.0 if self.kpi.unit == "share" and not self.kpi.is_at_most else goal * 2
        held = charts.bullet(
            self.value, goal, title=f"{self.kpi.title} beside its goal", most=most, is_at_most=self.kpi.is_at_most
        )
        return trend or held


def tiles_of(today: Sequence[Mapping[str, Any]], history: Sequence[Mapping[str, Any]]) -> dict[str, Tile]:
    """One for each KPI there is."""
    rows = {row["metric"]: row for row in today}
    points: dict[str, list[tuple[date, float | None]]] = {}
    for row in history:
        points.setdefault(row["metric"], []).append((row["day"], row["value"]))
    return {kpi.name: Tile(kpi, rows.get(kpi.name), points.get(kpi.name, [])) for kpi in KPIS}


def overview(asked: Asked) -> Response:
    """The endpoint."""
    now = asked.session.clock()
    with asked.reading() as connection:
        read = Script(connection, STEPS)
        history = read.rows("kpis", since=now.date() - timedelta(days=DAYS))
        newest = {row["metric"]: row for row in history}
        tiles = tiles_of(list(newest.values()), history)
        spend = read.one("spend", month=now.date().replace(day=1))
    figures = Table(
        "kpis",
        "All figures of today",
        (
            Column("title", "Figure"),
            Column("value", "Today", "by_unit"),
            Column("goal", "Goal", "by_unit"),
            Column("numerator", "Counted", "number"),
            Column("denominator", "Of", "number"),
            Column("unknown_share", "Unknown", "share"),
            Column("reason", "Why there is none"),
        ),
        [_figure(tile) for tile in tiles.values()],
    )
    answers = {question: [tiles[name] for name in names if name in tiles] for question, names in QUESTIONS.items()}
    return asked.show(
        "overview.html",
        tables={"kpis": figures},
        answers=answers,
        verdicts={question: _verdict(of_it) for question, of_it in answers.items()},
        alerts=_by_rule(open_alerts(asked.session)),
        drops=looking.newest_drops(asked.session, limit=LAST_DROPS),
        spend=spend,
        now=now,
    )


def _figure(tile: Tile) -> dict[str, Any]:
    kept = {name: (tile.row or {}).get(name) for name in ("value", "goal", "numerator", "denominator", "unknown_share")}
    reason = tile.reason if tile.value is None else None
    return {"title": tile.kpi.title, "unit": tile.kpi.unit, "reason": reason} | kept


def _by_rule(alerts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One line for each rule, errors first: in how many places, since when, what to do. What another one explains, and
    what is muted, is on the page of alerts."""
    found: dict[str, dict[str, Any]] = {}
    for alert in alerts:
        if alert["because_of"] or alert["muted_until"]:
            continue
        line = found.setdefault(
            alert["rule"],
            {
                "title": alert["title"],
                "severity": alert["severity"],
                "number": 0,
                "taken": 0,
                "since": alert["opened_at"],
                "to_do": what_to_do(alert["rule"]),
            },
        )
        line["number"] += 1
        line["taken"] += alert["acknowledged_at"] is not None
        line["since"] = min(line["since"], alert["opened_at"])
        line["severity"] = "error" if "error" in (line["severity"], alert["severity"]) else line["severity"]
    return sorted(found.values(), key=lambda line: (line["severity"] != "error", line["since"]))


def _verdict(tiles: Sequence[Tile]) -> str:
    """good: no figure misses its goal; bad: one does; none: there is no figure."""
    states = {tile.state for tile in tiles}
    return "bad" if "bad" in states else "good" if "good" in states else "none"
