"""costs: what the contact base has cost by month and line, what a year of it will cost, and what one more point costs.

Actual: of providers the ledger of calls, of all else the policy ([costs]); nobody said is not nothing. Forecast: the
numbers of `plan`, at the policy's decay.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.core.costs import COST_ITEMS, ITEM_OF, ITEM_OF_LAYER, WEEKS_A_YEAR, CostItem
from contact_pipeline.core.providers import Layer
from contact_pipeline.core.report import StageReport
from contact_pipeline.policy.costs import CostPolicy
from contact_pipeline.quality.spending import plan
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

MONTHS = 12
POINT = 0.01


@dataclass(frozen=True)
class CostRow:
    """One row of ops.costs; US dollars, hours a month or once."""

    month: date
    kind: str
    item: str
    provider: str = ""
    layer: str = ""
    low: float | None = None
    high: float | None = None
    planned: float | None = None
    actual: float | None = None
    forecast: float | None = None
    hours: float | None = None


def count_costs(session: Session) -> StageReport:
    """Write this month and the one before anew, and what a year will cost."""
    started, now = time.monotonic(), session.clock()
    month = now.date().replace(day=1)
    planned_layers = plan(session)["layers"]
    policy = session.policy.costs
    with session.connection("costs") as connection, connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtext('contact_pipeline.costs'))")  # two write one month
        steps = Script(connection, STEPS, month=month, computed_at=now)
        since = steps.one("first_month")
        first = since["month"]
        spent = {(row["month"], Layer(row["layer"])): row["actual"] for row in steps.rows("spent", first=first)}
        stated = {(row["month"], row["item"]): row["actual"] for row in steps.rows("stated", first=first)}
        steps.run("forget", first=first)
        months = _months(first, month)
        rows = [row for each in months for row in _of_month(policy, each, spent, stated, since["stated_from"])]
        rows += _of_year(policy, month, planned_layers)
        rows += [_once(policy, month, item) for item in COST_ITEMS if item.kind == "one_time"]
        for row in rows:
            steps.run("write", **vars(row))
        last_year = steps.one("last_year", called=list(CALLED))
        units = list(_units(month, rows, planned_layers, last_year, steps.one("reachable")["contacts"]))
        for row in units:
            steps.run("write", **vars(row))
    forecast = sum(row.forecast or 0.0 for row in rows if row.kind == "year" and not row.layer)
    return StageReport(
        "costs",
        None,
        len(rows) + len(units),
        time.monotonic() - started,
        figures={"forecast_a_year": round(forecast, 2)},
    )


def costs(session: Session) -> list[dict[str, Any]]:
    """The rows of curated.costs: the months of the last year, the year to come, the set-up, the units; counted, if
    nobody has today. title beside them."""
    today = session.clock().date()
    with session.connection("costs") as connection:
        at = Script(connection, STEPS).one("last_look")["at"]
    if at is None or at.date() < today:
        count_costs(session)
    with session.connection("costs") as connection:
        rows = Script(connection, STEPS, month=today.replace(day=1)).rows("costs")
    return [row | {"title": UNITS.get(row["item"]) or ITEM_OF[row["item"]].title} for row in rows]


UNITS = {
    "reachable_contact": "A contact that may be written to or called",
    "reachable_contact_calls": "The same, providers' calls alone",
    "freshness_point": "A point of freshness",
}
CALLED = tuple(item.name for item in COST_ITEMS if item.layers)


def totals(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of rows of one kind and one month: all lines but our own people's work, and all lines. What is not known of one
    line is not known of all."""
    whole = [row for row in rows if not row["layer"]]
    bought = [row for row in whole if ITEM_OF[row["item"]].kind != "labour"]
    found = []
    for title, of in (("In all, without our own people", bought), ("In all", whole)):
        if of and (of is whole or len(bought) < len(whole)):
            values = {name: [row[name] for row in of] for name in ("low", "high", "planned", "actual", "forecast")}
            summed = {name: None if None in each else sum(each) for name, each in values.items()}
            found.append(dict(of[0]) | summed | {"title": title, "item": "", "provider": "", "hours": None})
    return found


def _of_month(
    policy: CostPolicy,
    month: date,
    spent: Mapping[tuple[date, Layer], float],
    stated: Mapping[tuple[date, str], float | None],
    stated_from: date,
) -> Iterator[CostRow]:
    """stated: what the policy said of past months when they were counted; that stays."""
    for item in COST_ITEMS:
        if item.kind == "one_time":
            continue
        if item.layers:
            actual: float | None = sum(spent.get((month, layer), 0.0) for layer in item.layers)
        else:
            actual = stated.get((month, item.name), policy.paid(item) if month >= stated_from else None)
        hours = policy.hours(item) * WEEKS_A_YEAR / MONTHS if item.kind == "labour" else None
        yield CostRow(
            month, "month", item.name, low=item.low / MONTHS, high=item.high / MONTHS,
            planned=policy.planned(item) / MONTHS, actual=actual, hours=hours,
        )  # fmt: skip


def _of_year(policy: CostPolicy, month: date, layers: list[dict[str, Any]]) -> Iterator[CostRow]:
    """The line as a whole, and of providers what each layer takes."""
    for item in COST_ITEMS:
        if item.kind == "one_time":
            continue
        asked = [layer for layer in layers if ITEM_OF_LAYER[Layer(layer["layer"])] is item and layer["provider"]]
        paid = policy.paid(item)
        known = sum(layer["cost_a_year"] for layer in asked) if item.layers else None if paid is None else paid * MONTHS
        yield CostRow(
            month, "year", item.name, low=item.low, high=item.high, planned=policy.planned(item), forecast=known,
        )  # fmt: skip
        for layer in asked:
            yield CostRow(month, "year", item.name, layer["provider"], layer["layer"], forecast=layer["cost_a_year"])


def _once(policy: CostPolicy, month: date, item: CostItem) -> CostRow:
    return CostRow(
        month, "one_time", item.name, low=item.low, high=item.high, planned=policy.planned(item),
        actual=policy.paid(item), hours=policy.hours(item),
    )  # fmt: skip


def _units(
    month: date, rows: list[CostRow], layers: list[dict[str, Any]], actual: Mapping[str, float | None], reachable: int
) -> Iterator[CostRow]:
    """What a reachable contact costs in a year, all lines (where they are known) and calls alone, and what a point of
    each layer's subjects costs."""
    for layer in layers:
        if layer["provider"]:
            yield CostRow(
                month, "unit", "freshness_point", layer["provider"], layer["layer"],
                forecast=round(POINT * layer["subjects"] * layer["price"], 4),
            )  # fmt: skip
    year = [row for row in rows if row.kind == "year" and not row.layer]
    for item, of in (
        ("reachable_contact", year),
        ("reachable_contact_calls", [row for row in year if row.item in CALLED]),
    ):
        if reachable:
            known = [row.forecast for row in of if row.forecast is not None]
            paid = actual["everything" if of is year else "calls"]
            yield CostRow(
                month, "unit", item,
                planned=sum(row.planned or 0.0 for row in of) / reachable,
                actual=None if paid is None else paid / reachable,
                forecast=sum(known) / reachable if len(known) == len(of) else None,
            )  # fmt: skip


def _months(first: date, last: date) -> Iterator[date]:
    month = first
    while month <= last:
        yield month
        month = datetime(month.year + month.month // 12, month.month % 12 + 1, 1).date()
