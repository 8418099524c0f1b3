"""Analytics: every KPI by source, country, provider and month, beside each other and as a chart. Kept figures only."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.core.kpis import KPI_OF, KPIS
from contact_pipeline.web.inside import charts
from contact_pipeline.web.inside.asked import Asked, NotFound
from contact_pipeline.web.inside.tables import Column, Table

STEPS = beside(__file__)

KINDS = ("source", "country", "provider", "month")
DAYS_BACK = 366
MOST_BARS = 25

Rows = Sequence[Mapping[str, Any]]


def analytics(asked: Asked) -> Response:
    """The endpoint. ?by=: one of KINDS. ?figure=: of the chart."""
    kind = asked.query.get("by", "source")
    if kind not in KINDS:
        raise NotFound("The figures are kept by source, country, provider and month.")
    with asked.reading() as connection:
        read = Script(connection, STEPS, kind=kind, since=asked.session.clock().date() - timedelta(days=DAYS_BACK))
        found = read.rows("by_month" if kind == "month" else "by_scope")
    rows = [
        {**row, "title": KPI_OF[row["metric"]].title, "unit": KPI_OF[row["metric"]].unit}
        for row in found
        if row["metric"] in KPI_OF
    ]
    measured = [kpi for kpi in KPIS if any(row["metric"] == kpi.name for row in rows)]
    shown = next((kpi for kpi in measured if kpi.name == asked.query.get("figure")), measured[0] if measured else None)
    bars = [(row["name"], row["value"]) for row in rows if shown and row["metric"] == shown.name]
    if kind != "month":
        bars.sort(key=lambda bar: -bar[1])
    names = {kpi.name: Column(kpi.name, kpi.title, "share" if kpi.unit == "share" else "days") for kpi in measured}
    tables = (
        Table(
            "beside",
            f"All figures by {kind}",
            (Column("name", kind.capitalize()), *names.values()),
            _beside(rows),
            empty="Nothing was measured by that yet: `contact-pipeline kpis` measures today.",
        ),
        Table(
            "counts",
            "What each is a share of",
            (
                Column("name", kind.capitalize()), Column("title", "Figure"), Column("value", "Value", "by_unit"),
                Column("goal", "Goal", "by_unit"), Column("numerator", "Counted", "number"),
                Column("denominator", "Of", "number"), Column("unknown_share", "Unknown", "share"),
                Column("change_30d", "In 30 days", "by_unit"),
            ),
            rows,
        ),
    )  # fmt: skip
    return asked.show(
        "analytics.html",
        tables={table.name: table for table in tables},
        kinds=KINDS,
        kind=kind,
        measured=measured,
        shown_kpi=shown,
        is_cut=len(bars) > MOST_BARS,
        most=MOST_BARS,
        chart=charts.bars(
            bars[:MOST_BARS],
            title=f"{shown.title if shown else 'Nothing'} by {kind}",
            is_share=shown is not None and shown.unit == "share",
        ),
    )


def _beside(rows: Rows) -> list[dict[str, Any]]:
    """One row for each name, with a column for each KPI; empty where it has none."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        found.setdefault(row["name"], {"name": row["name"]})[row["metric"]] = row["value"]
    return list(found.values())
