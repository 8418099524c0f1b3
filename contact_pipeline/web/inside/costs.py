"""Costs: what a month has cost beside what was planned, a year to come, the set-up, and what one unit costs."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from starlette.responses import Response

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.core.costs import ITEM_OF
from contact_pipeline.quality.costs import UNITS, totals
from contact_pipeline.web.inside import charts
from contact_pipeline.web.inside.asked import Asked
from contact_pipeline.web.inside.tables import Column, Table

STEPS = beside(__file__)

RANGE = (Column("low", "Expected from", "money"), Column("high", "to", "money"))
NOBODY = "Not counted yet: the asset costs does it once a day, contact-pipeline costs now."

Rows = Sequence[Mapping[str, Any]]


def costs(asked: Asked) -> Response:
    """The endpoint: US dollars, as they were kept."""
    with asked.reading() as connection:
        read = Script(connection, STEPS)
        rows = [row | {"title": _title(row)} for row in read.rows("costs")]
        providers = read.rows("providers")
    of = {kind: [row for row in rows if row["kind"] == kind] for kind in ("month", "year", "one_time", "unit")}
    planned, actual = Column("planned", "Planned", "money"), Column("actual", "Paid", "money")
    tables = (
        Table(
            "months",
            "By month and line",
            (Column("month", "Month"), Column("title", "Line"), planned, actual, *RANGE),
            of["month"],
            empty=NOBODY,
            more="Paid: of providers by the ledger of calls, else by [costs] of the policy; – says that nobody told.",
        ),
        Table(
            "year",
            "A year to come",
            (
                Column("title", "Line"),
                Column("provider", "Provider"),
                planned,
                Column("forecast", "Forecast", "money"),
                *RANGE,
            ),
            [*of["year"], *totals(of["year"])],
            empty=NOBODY,
        ),
        Table(
            "set_up",
            "The set-up",
            (Column("title", "Line"), Column("hours", "Hours", "number"), planned, actual, *RANGE),
            [*of["one_time"], *totals(of["one_time"])],
        ),
        Table(
            "units",
            "What one costs",
            (
                Column("title", "What"),
                Column("layer", "Layer", "words"),
                actual,
                Column("forecast", "A year to come", "money"),
            ),
            of["unit"],
        ),
        Table(
            "providers",
            "Providers by month",
            (
                Column("month", "Month"), Column("provider", "Provider"), Column("layer", "Layer", "words"),
                Column("calls", "Calls", "number"), Column("verdicts", "Answers that say something", "number"),
                Column("failed", "Failed", "number"), Column("price", "USD", "money"),
            ),
            providers,
            empty="No provider was called.",
        ),
    )  # fmt: skip
    return asked.show(
        "costs.html",
        tables={table.name: table for table in tables},
        by_month=charts.line(
            {"paid": _total(of["month"], "actual"), "planned": _total(of["month"], "planned")},
            title="Paid and planned, by month, USD",
            is_share=False,
        ),
        by_line=charts.bars(_lines(of["year"]), title="A year to come by line, USD: forecast, else planned"),
    )


def _title(row: Mapping[str, Any]) -> str:
    return UNITS.get(row["item"]) or (ITEM_OF[row["item"]].title if row["item"] in ITEM_OF else row["item"])


def _total(rows: Rows, column: str) -> list[tuple[date, float | None]]:
    """Of each month what is known; None: nothing is."""
    months: dict[date, float | None] = {}
    for row in sorted(rows, key=lambda row: row["month"]):
        before = months.setdefault(row["month"], None)
        if row[column] is not None:
            months[row["month"]] = (before or 0.0) + row[column]
    return list(months.items())


def _lines(rows: Rows) -> list[tuple[str, float]]:
    """Whole lines, the largest first."""
    whole = [row for row in rows if not row["layer"]]
    found = [(row["title"], row["planned"] if row["forecast"] is None else row["forecast"]) for row in whole]
    return sorted(((title, value) for title, value in found if value is not None), key=lambda pair: -pair[1])
